import { RedisFront, startRedis } from "@stowage/testkit/engines";
import { createClient } from "redis";
import type { Database } from "../../database.ts";
import { fullScale } from "../../fixtures.ts";
import { peer } from "./peer.ts";
import { stowage } from "./stowage.ts";

/** Upstash's REST interface before a Redis on this machine. A place is its address, a token, and a numbered database as the path. */
export const upstash: Database = {
  key: "upstash",
  title: "Upstash's REST interface",
  variants: { stowage, peer },
  packages: ["@stowage/upstash", "@mastra/upstash", "@mastra/core", "@upstash/redis"],
  note: `The service is a front of our own here, before a Redis on the same machine: its times are not those of Upstash, the requests are. The
peer's client sends what it is asked for in one moment as one pipeline; a request of Stowage is one command.`,
  targets: { mean: 2, driver: 1 },
  slow: { divisor: 4, most: 1000, history: [1000, 10_000, 100_000] },
  scale: { ...fullScale, threads: 100, runs: 10 },
  fixtures: ["memory", "workflows", "scores", "agents"],

  async start() {
    const server = await startRedis({ databases: 64 });
    const numbers = new Map<string, number>();
    const clients = new Map<string, ReturnType<typeof open>>();
    const open = (path: string) => createClient({ url: `${server.connectionString}${path}` }).connect();
    const client = (path: string) => {
      const opened = clients.get(path) ?? open(path);
      clients.set(path, opened);
      return opened;
    };
    const front = new RedisFront(async (command, path) => (await client(path)).sendCommand(command));
    await front.listen();
    return {
      place(name) {
        const number = numbers.get(name) ?? numbers.size;
        numbers.set(name, number);
        const { host } = new URL(front.url);
        return `http://${front.token}@${host}/${number}`;
      },
      async remove(place) {
        await (await client(new URL(place).pathname)).flushDb();
      },
      async stop() {
        await front.close();
        for (const opened of clients.values()) (await opened).destroy();
        await server.stop();
      },
    };
  },
};
