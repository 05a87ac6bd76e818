import { defineTable, insert, integer, patch, remove, text, upsert } from "@stowage/core/engine";

const parents = defineTable("parents", { id: text(), n: integer() }, { key: ["id"] });
const children = defineTable(
  "children",
  { id: text(), parent: text(), name: text() },
  { key: ["id"], unique: { byName: ["parent", "name"] }, paths: { byParent: { eq: ["parent"] } } },
);

export const tables = [parents, children];

/** What is there before the batch. */
export const before = [
  insert(parents, { id: "p", n: 1 }),
  insert(children, { id: "old", parent: "p", name: "first" }),
  insert(children, { id: "kept", parent: "p", name: "second" }),
];

/** A batch of every kind of change over two tables; a name goes from one record to another. */
export const batch = [
  patch(parents, ["p"], { raise: { n: 1 }, expect: "exists" }),
  remove(children, ["old"]),
  upsert(children, { id: "kept", parent: "p", name: "first" }),
  insert(children, { id: "new", parent: "p", name: "second" }),
];
