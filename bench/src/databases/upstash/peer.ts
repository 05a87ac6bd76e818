import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@mastra/upstash");

/** The peer as it comes: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/upstash",
  load,
  async open(place) {
    const { UpstashStore } = await load();
    return openStore(new UpstashStore({ id: "bench", ...placeOf(place) }));
  },
};
