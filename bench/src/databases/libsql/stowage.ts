import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@stowage/libsql");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(file) {
    const { LibSQLStore } = await load();
    return openStore(new LibSQLStore({ id: "bench", url: `file:${file}` }));
  },
};
