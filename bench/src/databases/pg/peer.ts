import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@mastra/pg");

/**
 * More connections than agents work at once: with its default of 20, 32 agents have been seen to hang for two minutes, as a pool
 * does whose users hold a connection and wait for another.
 */
const max = 40;

/** The peer as it comes but for that: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/pg",
  load,
  async open(connectionString) {
    const { PostgresStore } = await load();
    return openStore(new PostgresStore({ id: "bench", connectionString, max }));
  },
};
