import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@stowage/convex");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(place) {
    const { ConvexStore } = await load();
    return openStore(new ConvexStore({ id: "bench", ...placeOf(place) }));
  },
};
