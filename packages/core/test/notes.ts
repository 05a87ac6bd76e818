import { integer, json, text } from "../src/engine/column.ts";
import { defineTable, type Row } from "../src/engine/table.ts";

/** A small table for the tests of layers. */
export const notes = defineTable(
  "stowage_test_notes",
  {
    id: text(),
    owner: text(),
    body: text().nullable(),
    data: json().nullable(),
    n: integer(),
    code: text().nullable(),
  },
  {
    key: ["id"],
    unique: { byCode: ["code"] },
    paths: { all: { eq: ["owner"] }, byNumber: { eq: ["owner"], sort: ["n"] } },
  },
);

export const note = (id: string, changes: Partial<Row<typeof notes>> = {}): Row<typeof notes> => ({
  id,
  owner: "o",
  body: null,
  data: null,
  n: 0,
  code: null,
  ...changes,
});
