import { defineTable, integer, type Row, text, timestamp } from "@stowage/core/engine";

/** A table with a path that its key does not serve. */
export const notes = defineTable(
  "stowage_test_notes",
  { id: text(), owner: text(), at: timestamp(), n: integer(), body: text().nullable() },
  { key: ["id"], paths: { byTime: { eq: ["owner"], sort: ["at"] } } },
);

export const note = (id: string, values: Partial<Row<typeof notes>> = {}): Row<typeof notes> => ({
  id,
  owner: "o",
  at: Date.now(),
  n: 0,
  body: null,
  ...values,
});
