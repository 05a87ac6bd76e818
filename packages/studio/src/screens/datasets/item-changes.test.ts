import { expect, test } from "vitest";
import type { Item } from "../../api/datasets.ts";
import { itemChanges } from "./item-changes.ts";

const item = (id: string, datasetVersion: number, input: unknown, more: Partial<Item> = {}): Item => ({
  id,
  datasetId: "d",
  datasetVersion,
  externalId: null,
  organizationId: null,
  projectId: null,
  input,
  createdAt: "2026-01-01T00:00:00Z",
  updatedAt: "2026-01-01T00:00:00Z",
  ...more,
});

test("items are added, removed and changed, with the fields that differ", () => {
  const before = [item("same", 1, "a"), item("gone", 1, "b"), item("other", 1, { q: 1, r: 2 }, { groundTruth: "x" })];
  const after = [item("same", 1, "a"), item("new", 2, "c"), item("other", 2, { r: 2, q: 1 }, { groundTruth: "y" })];
  expect(itemChanges(before, after).map(({ id, kind, fields }) => [id, kind, fields])).toEqual([
    ["new", "added", []],
    ["other", "changed", ["groundTruth"]],
    ["gone", "removed", []],
  ]);
});

test("a row that was written again with the same content is no change", () => {
  const again = item("a", 2, { x: [1, { b: 1, a: 2 }] }, { metadata: {} });
  expect(itemChanges([item("a", 1, { x: [1, { a: 2, b: 1 }] }, { metadata: {} })], [again])).toEqual([]);
  expect(itemChanges([item("a", 1, null, { groundTruth: null })], [item("a", 2, null)])).toEqual([]);
});
