import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@stowage/redis");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(place) {
    const { RedisStore } = await load();
    return openStore(new RedisStore({ id: "bench", connectionString: place }));
  },
};
