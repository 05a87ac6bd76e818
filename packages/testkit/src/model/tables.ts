import { bigint, boolean, defineTable, float, integer, json, text, timestamp } from "@stowage/core/engine";

/** A table with everything: several paths, a sparse one, unique keys, all types. */
export const cards = defineTable(
  "stowage_model_cards",
  {
    scope: text(),
    id: text(),
    kind: text(),
    at: timestamp(),
    rank: integer(),
    code: text().nullable(),
    owner: text().nullable(),
    amount: float().nullable(),
    size: bigint().nullable(),
    flag: boolean(),
    note: text().nullable(),
    meta: json().nullable(),
  },
  {
    key: ["scope", "id"],
    unique: { byCode: ["scope", "code"] },
    paths: {
      all: { eq: ["scope"] },
      byTime: { eq: ["scope"], sort: ["at"] },
      byKind: { eq: ["scope", "kind"], sort: ["at", "rank"] },
      byOwner: { eq: ["scope", "owner"], sort: ["rank"] },
    },
  },
);

/** A table that may be written in bulk. */
export const events = defineTable(
  "stowage_model_events",
  { scope: text(), id: text(), kind: text(), at: timestamp(), note: text().nullable() },
  { key: ["scope", "id"], paths: { all: { eq: ["scope"] }, byKind: { eq: ["scope", "kind"], sort: ["at"] } } },
);

export const modelTables = [cards, events];
