import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@mastra/convex");

/** The peer as it comes: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/convex",
  load,
  async open(place) {
    const { ConvexStore } = await load();
    return openStore(new ConvexStore({ id: "bench", ...placeOf(place) }));
  },
};
