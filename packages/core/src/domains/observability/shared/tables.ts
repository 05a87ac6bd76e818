import { base64, json, text, timestamp } from "../../../engine/column.ts";
import { defineTable } from "../../../engine/table.ts";

/** Pieces of the large values of a trace's spans, each kept once however many spans repeat it. */
export const spanParts = defineTable(
  "stowage_span_parts",
  {
    traceId: text(),
    /** Names the record within its trace. */
    pack: text(),
    createdAt: timestamp(),
    /** A list of texts; values refer to them by place. */
    pieces: json<string[]>().nullable(),
    /** The JSON of that list deflated, where this is much shorter; `pieces` is null then. */
    deflated: base64().nullable(),
  },
  { key: ["traceId", "pack"], paths: { byTrace: { eq: ["traceId"] } } },
);
