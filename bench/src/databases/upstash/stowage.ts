import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@stowage/upstash");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(place) {
    const { UpstashStore } = await load();
    return openStore(new UpstashStore({ id: "bench", ...placeOf(place) }));
  },
};
