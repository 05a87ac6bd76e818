import { integer, json, text, timestamp } from "../../../engine/column.ts";
import { defineTable } from "../../../engine/table.ts";
import type { StoredGroup } from "./slot.ts";

/** Numbers over the traces whose root started within a slot of 15 minutes. A slot without traces has no row. */
export const rollups = defineTable(
  "stowage_rollups",
  {
    /** Start of the slot, in milliseconds since 1970. */
    slot: integer(),
    computedAt: timestamp(),
    groups: json<StoredGroup[]>(),
  },
  { key: ["slot"], paths: { bySlot: { sort: ["slot"] } } },
);

/** Says that a process may write spans of a slot until then, so that the slot's numbers may not be trusted. */
export const rollupMarks = defineTable(
  "stowage_rollup_marks",
  { slot: integer(), writer: text(), until: integer() },
  { key: ["slot", "writer"], paths: { bySlot: { sort: ["slot"] } } },
);
