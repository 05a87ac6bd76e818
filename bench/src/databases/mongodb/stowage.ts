import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@stowage/mongodb");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(place) {
    const { MongoDBStore } = await load();
    return openStore(new MongoDBStore({ id: "bench", ...placeOf(place) }));
  },
};
