import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@mastra/mongodb");

/** The peer as it comes: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/mongodb",
  load,
  async open(place) {
    const { MongoDBStore } = await load();
    return openStore(new MongoDBStore({ id: "bench", ...placeOf(place) }));
  },
};
