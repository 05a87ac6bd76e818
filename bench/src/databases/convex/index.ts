import type { Database } from "../../database.ts";
import { fullScale } from "../../fixtures.ts";
import { ConvexFront } from "./front.ts";
import { peer } from "./peer.ts";
import { stowage } from "./stowage.ts";

/** Convex's own mock behind an HTTP interface of ours. A place is its address, a key, and a number as the path. */
export const convex: Database = {
  key: "convex",
  title: "convex-test, the mock of Convex",
  variants: { stowage, peer },
  packages: ["@stowage/convex", "@mastra/convex", "@mastra/core", "convex", "convex-test"],
  note: `The mock looks at every document of a table for each query, so its times say nothing about Convex; the requests do. Its limits of a
transaction are on. The long thread has 1,000 messages here.`,
  targets: { mean: 2, driver: 1 },
  slow: { divisor: 50, most: 500 },
  scale: { ...fullScale, threads: 10, runs: 3, longThread: 1000, scores: 100 },
  fixtures: ["memory", "workflows", "scores", "agents"],

  async start() {
    const front = new ConvexFront();
    await front.listen();
    const numbers = new Map<string, number>();
    return {
      place(name) {
        const number = numbers.get(name) ?? numbers.size;
        numbers.set(name, number);
        return `http://${front.key}@${new URL(front.url).host}/${number}`;
      },
      async remove(place) {
        front.forget(new URL(place).pathname);
      },
      stop: () => front.close(),
    };
  },
};
