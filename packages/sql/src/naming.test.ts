import { defineTable, text } from "@stowage/core/engine";
import { expect, test } from "vitest";
import { namesOf } from "./naming.ts";

const column = () => text();
const table = defineTable(
  "Things",
  { id: column(), a: column(), b: column(), n: text().nullable() },
  {
    key: ["id"],
    unique: { one: ["a", "b"] },
    paths: {
      byId: { sort: ["id"] },
      first: { eq: ["a"], sort: ["b"] },
      second: { eq: ["a", "b"], onDemand: true },
      third: { eq: ["b"], sort: ["a"] },
      rare: { eq: ["n"], onDemand: true },
    },
  },
);

test("indexes are named after table and columns, in lower case, with the prefix", () => {
  const { table: name, indexes } = namesOf(table, "app_");
  expect(name).toBe("app_Things");
  expect(indexes.map((index) => index.name)).toEqual([
    "app_things_a_b_key",
    "app_things_a_b_idx",
    "app_things_b_a_idx",
    "app_things_n_idx",
  ]);
});

test("paths over the same columns share an index, which then is not built on demand", () => {
  const { indexes, pathIndex } = namesOf(table, "");
  expect(pathIndex.get("first")?.name).toBe(pathIndex.get("second")?.name);
  expect(indexes.find(({ name }) => name === "things_a_b_idx")?.onDemand).toBe(false);
});

test("a path along the primary key needs no index, and rows with a null are left out of one", () => {
  const { pathIndex } = namesOf(table, "");
  expect(pathIndex.get("byId")).toBeUndefined();
  expect(pathIndex.get("rare")).toMatchObject({ sparse: ["n"], onDemand: true });
});
