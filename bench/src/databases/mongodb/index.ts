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
  note: `Times on this server say little of MongoDB itself: it answers in Python, and both variants take hundreds of milliseconds for
the newest 40 of 10,000 messages. Round trips are the same there. A write of Stowage to several collections is a
transaction, all or nothing: one request and a commit. Bare, an insert takes 0.7 ms there, in a transaction of its own 0.9 ms, and a
transaction of two collections 1.5 ms on small ones and five times that once they hold some hundred documents. A read of Stowage
that rests on several collections, such as a run and its steps, is one aggregation over them: 0.5 ms with one document in the
second and 2.6 ms with 240, since this server looks through all of what \`$unionWith\` names, which MongoDB finds in an index.`,
  targets: { mean: 2, driver: 1 },
  slow: { divisor: 10, most: 1000 },
  scale: { ...fullScale, threads: 100, runs: 10 },

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
