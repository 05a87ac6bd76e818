import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@mastra/libsql");

/** The peer as it comes: its public methods, its own settings of the database. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/libsql",
  load,
  async open(file) {
    const { LibSQLStore } = await load();
    return openStore(new LibSQLStore({ id: "bench", url: `file:${file}` }));
  },
};
