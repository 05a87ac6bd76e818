import { startMongo } from "@stowage/testkit/engines";
import { MongoClient } from "mongodb";
import type { Database } from "../../database.ts";
import { fullScale } from "../../fixtures.ts";
import { peer } from "./peer.ts";
import { placeOf } from "./place.ts";
import { stowage } from "./stowage.ts";

/**
 * SecantusDB on this machine: MongoDB's protocol and storage engine under a server in Python, so that requests cost more than
 * on MongoDB itself. A place is the connection string of a database of its own.
 */
export const mongodb: Database = {
  key: "mongodb",
  title: "MongoDB's protocol (SecantusDB)",
  variants: { stowage, peer },
  packages: ["@stowage/mongodb", "@mastra/mongodb", "@mastra/core", "mongodb"],
  targets: { mean: 2, driver: 1 },
  slow: { divisor: 10, most: 3000 },
  scale: { ...fullScale, threads: 100, runs: 10, history: [1000, 10_000], exported: 10_000 },

  async start() {
    const server = await startMongo("replica-set");
    const url = new URL(server.uri);
    return {
      place(name) {
        url.pathname = `/${name}`;
        return url.href;
      },
      async remove(place) {
        const client = await MongoClient.connect(place);
        await client.db(placeOf(place).dbName).dropDatabase();
        await client.close();
      },
      stop: () => server.stop(),
    };
  },
};
