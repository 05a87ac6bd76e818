import { openStore } from "../../store.ts";
import type { Variant } from "../../subject.ts";
import { placeOf } from "./place.ts";

const load = () => import("@mastra/dynamodb");

/** The peer as it comes: its public methods, its own settings. */
export const peer: Variant = {
  key: "peer",
  title: "@mastra/dynamodb",
  // A score's `extractStepResult` may be an object.
  refuses: ["scores"],
  load,
  async open(place) {
    const { DynamoDBStore } = await load();
    return openStore(new DynamoDBStore({ name: "bench", config: { id: "bench", ...placeOf(place) } }));
  },
};
