import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@stowage/pg");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(connectionString) {
    const { PostgresStore } = await load();
    return openStore(new PostgresStore({ id: "bench", connectionString }));
  },
};
