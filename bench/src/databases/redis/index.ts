import { startRedis } from "@stowage/testkit/engines";
import { createClient } from "redis";
import type { Database } from "../../database.ts";
import { fullScale } from "../../fixtures.ts";
import { peer } from "./peer.ts";
import { stowage } from "./stowage.ts";

/** Redis on this machine. A place is the connection string of one of its numbered databases. */
export const redis: Database = {
  key: "redis",
  title: "Redis",
  variants: { stowage, peer },
  packages: ["@stowage/redis", "@mastra/redis", "@mastra/core", "redis"],
  note: `The server is on the same machine, where a call of one round trip takes as little as 30 µs: what a call costs the two processors
decides here, and round trips do over a network. The peer writes a record with a plain \`SET\` that nothing can refuse, and looks
through all of them to list; a write of Stowage is a script that judges what is there, keeps the indexes and is all or nothing.
Measured bare, the script that saves a score keeps the server for 38 µs, 12 of them in its eleven commands, where a \`SET\` of the same
2.5 KB takes 1 µs and a script around that \`SET\` 7.`,
  targets: { mean: 2, driver: 1 },
  slow: { divisor: 1, most: 1500, history: [1000, 10_000, 100_000] },
  scale: { ...fullScale, threads: 100, runs: 10 },
  fixtures: ["memory", "workflows", "scores", "agents"],

  async start() {
    const server = await startRedis({ databases: 64 });
    const numbers = new Map<string, number>();
    return {
      place(name) {
        const number = numbers.get(name) ?? numbers.size;
        numbers.set(name, number);
        return `${server.connectionString}/${number}`;
      },
      async remove(place) {
        const client = await createClient({ url: place }).connect();
        await client.flushDb();
        client.destroy();
      },
      stop: () => server.stop(),
    };
  },
};
