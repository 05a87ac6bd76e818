import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@mastra/pg");

/** The peer as it comes: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/pg",
  load,
  async open(connectionString) {
    const { PostgresStore } = await load();
    return openStore(new PostgresStore({ id: "bench", connectionString }));
  },
};
