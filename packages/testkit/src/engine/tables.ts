import { bigint, boolean, defineTable, float, integer, json, text, timestamp } from "@stowage/core/engine";

/** The workhorse: the shapes that domains have. Every test works in a `scope` of its own. */
export const things = defineTable(
  "stowage_test_things",
  {
    scope: text(),
    id: text(),
    kind: text(),
    at: timestamp(),
    seq: integer(),
    note: text().nullable(),
    amount: float().nullable(),
    meta: json().nullable(),
    tags: json().nullable(),
    touchedAt: timestamp().nullable(),
  },
  {
    key: ["scope", "id"],
    paths: {
      all: { eq: ["scope"] },
      byTime: { eq: ["scope"], sort: ["at"] },
      byKind: { eq: ["scope", "kind"], sort: ["at", "seq"] },
    },
  },
);

/** A column of every type, with and without null. */
export const values = defineTable(
  "stowage_test_values",
  {
    scope: text(),
    id: text(),
    text: text(),
    textOrNull: text().nullable(),
    json: json(),
    jsonOrNull: json().nullable(),
    timestamp: timestamp(),
    timestampOrNull: timestamp().nullable(),
    integer: integer(),
    integerOrNull: integer().nullable(),
    bigint: bigint(),
    bigintOrNull: bigint().nullable(),
    float: float(),
    floatOrNull: float().nullable(),
    boolean: boolean(),
    booleanOrNull: boolean().nullable(),
  },
  { key: ["scope", "id"], paths: { all: { eq: ["scope"] } } },
);

/** Paths over every type that can be ordered; those over nullable columns are sparse. */
export const ordered = defineTable(
  "stowage_test_ordered",
  {
    scope: text(),
    id: text(),
    label: text(),
    weight: float().nullable(),
    size: bigint(),
    flag: boolean(),
    owner: text().nullable(),
    at: timestamp(),
  },
  {
    key: ["scope", "id"],
    paths: {
      byLabel: { eq: ["scope"], sort: ["label"] },
      byWeight: { eq: ["scope"], sort: ["weight"] },
      bySize: { eq: ["scope"], sort: ["size"] },
      byFlag: { eq: ["scope", "flag"], sort: ["at"] },
      byOwner: { eq: ["scope", "owner"], sort: ["at"] },
      later: { eq: ["scope"], sort: ["at"], onDemand: true },
    },
  },
);

/** Unique keys: of one value, of an optional one, of two columns. */
export const accounts = defineTable(
  "stowage_test_accounts",
  {
    scope: text(),
    id: text(),
    email: text(),
    handle: text().nullable(),
    team: text().nullable(),
    number: integer().nullable(),
  },
  {
    key: ["scope", "id"],
    unique: { byEmail: ["scope", "email"], byHandle: ["scope", "handle"], byNumber: ["scope", "team", "number"] },
    paths: { all: { eq: ["scope"] } },
  },
);

/** Names that mean something to a database or to JavaScript, and a key of several types. */
export const reserved = defineTable(
  "stowage_test_order",
  {
    select: text(),
    group: integer(),
    index: timestamp(),
    order: text(),
    from: text(),
    rev: integer(),
    value: text(),
    key: text(),
    table: text(),
    end: text(),
    constructor: text(),
    toString: text(),
    length: integer(),
    camelCase: text(),
  },
  { key: ["select", "group", "index"], paths: { user: { eq: ["order"], sort: ["rev"] } } },
);

/** The tables that an engine under test converges before the suite starts. */
export const engineTables = [things, values, ordered, accounts, reserved];
