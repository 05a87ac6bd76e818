import { type DataModelFromSchemaDefinition, defineSchema, defineTable } from "convex/server";
import { v } from "convex/values";

/**
 * The tables that Stowage keeps everything in, to be spread into the project's schema. They are the same for all domains and
 * every table of theirs, so that a new version of a domain needs no deployment.
 */
export const stowageTables = {
  /** Records: table, key, revision, and the packed row or, of a long one, its key columns and the parts of the whole. */
  stowage_records: defineTable({
    t: v.string(),
    k: v.string(),
    v: v.number(),
    d: v.string(),
    p: v.optional(v.object({ ids: v.array(v.id("stowage_parts")), bytes: v.number() })),
  }).index("by_key", ["t", "k"]),
  /** Entries of access paths: group, place in it, and the record that stands there. */
  stowage_entries: defineTable({ x: v.string(), s: v.string(), r: v.id("stowage_records") })
    .index("by_place", ["x", "s"])
    .index("by_record", ["r"]),
  /** Values of unique keys: unique key, value, key of the record that holds it. */
  stowage_claims: defineTable({ x: v.string(), s: v.string(), k: v.string() }).index("by_value", ["x", "s"]),
  /** Pieces of long rows. */
  stowage_parts: defineTable({ d: v.string() }),
  /** Pieces of rows that are gone, where there was too much to remove at once. */
  stowage_garbage: defineTable({ ids: v.array(v.id("stowage_parts")), bytes: v.number() }),
  /** The last answer to each writer, for one that did not get it. */
  stowage_answers: defineTable({ slot: v.string(), write: v.string(), answer: v.string(), at: v.number() })
    .index("by_slot", ["slot"])
    .index("by_at", ["at"]),
};

/** For the types of it. */
const schema = defineSchema(stowageTables);
export type StowageDataModel = DataModelFromSchemaDefinition<typeof schema>;
