import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";

const load = () => import("@mastra/redis");

/** The peer as it comes: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/redis",
  load,
  async open(place) {
    const { RedisStore } = await load();
    return openStore(new RedisStore({ id: "bench", connectionString: place }));
  },
};
