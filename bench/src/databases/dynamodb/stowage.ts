import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@stowage/dynamodb");

export const stowage: Variant = {
  key: "stowage",
  title: "Stowage",
  load,
  async open(place) {
    const { DynamoDBStore } = await load();
    return openStore(new DynamoDBStore({ id: "bench", ...placeOf(place) }));
  },
};
