import type { DatasetItem } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { watching } from "../wraps.ts";
import { open, rejection, withItems } from "./lab.ts";

export function readingSuite(context: DomainContext): void {
  describe("reading items", () => {
    /** Versions 1 to 6: three items, the first one updated twice, the second one deleted. */
    async function seeded() {
      const store = await open(context);
      const tick = () => context.clock?.advance(1000);
      const { dataset, items } = await withItems(store, 3, (n) => {
        tick();
        return { input: `v${n}`, groundTruth: n };
      });
      const [a, b, c] = items as [DatasetItem, DatasetItem, DatasetItem];
      const datasetId = dataset.id;
      tick();
      const a4 = await store.updateItem({ id: a.id, datasetId, input: "a4" });
      tick();
      await store.deleteItem({ id: b.id, datasetId });
      tick();
      const a6 = await store.updateItem({ id: a.id, datasetId, input: "a6" });
      return { store, datasetId, a, b, c, a4, a6 };
    }

    test("the row visible at a version, not the row written at it", async () => {
      const { store, a, a4, a6, b, c } = await seeded();
      const at = async (item: DatasetItem) => {
        const rows = [];
        for (let v = 0; v <= 8; v++) rows.push(await store.getItemById({ id: item.id, datasetVersion: v }));
        return rows;
      };
      expect(await at(a)).toEqual([null, a, a, a, a4, a4, a6, a6, a6]);
      expect(await at(b)).toEqual([null, null, b, b, b, null, null, null, null]);
      expect(await at(c)).toEqual([null, null, null, c, c, c, c, c, c]);
      expect(await store.getItemById({ id: a.id, datasetVersion: -1 })).toBeNull();
      expect(await store.getItemById({ id: "unknown" })).toBeNull();
      expect(await store.getItemById({ id: "" })).toBeNull();
    });

    test("all items at a version, newest first", async () => {
      const { store, datasetId, a, b, c, a4, a6 } = await seeded();
      const at = (version: number) => store.getItemsByVersion({ datasetId, version });
      expect(await at(-1)).toEqual([]);
      expect(await at(0)).toEqual([]);
      expect(await at(1)).toEqual([a]);
      expect(await at(3)).toEqual([c, b, a]);
      expect(await at(4)).toEqual([c, b, a4]);
      expect(await at(5)).toEqual([c, a4]);
      expect(await at(6)).toEqual([c, a6]);
      expect(await at(99)).toEqual([c, a6]);
      expect(await store.getItemsByVersion({ datasetId: "unknown", version: 1 })).toEqual([]);
    });

    test("lists at a version have the same items, in pages, both ways and by both times", async () => {
      const { store, datasetId } = await seeded();
      for (const version of [undefined, 1, 2, 3, 4, 5, 6, 99]) {
        const expected = await store.getItemsByVersion({ datasetId, version: version ?? 6 });
        for (const field of ["createdAt", "updatedAt"] as const) {
          for (const direction of ["ASC", "DESC"] as const) {
            const sorted = [...expected].sort(
              (x, y) => x[field].getTime() - y[field].getTime() || (x.id < y.id ? -1 : 1),
            );
            if (direction === "DESC") sorted.reverse();
            const args = { datasetId, orderBy: { field, direction }, ...(version !== undefined && { version }) };
            const all = await store.listItems({ ...args, pagination: { page: 0, perPage: false } });
            expect(all.items).toEqual(sorted);
            expect(all.pagination).toEqual({ total: sorted.length, page: 0, perPage: false, hasMore: false });
            for (let page = 0; page < 4; page++) {
              expect(await store.listItems({ ...args, pagination: { page, perPage: 1 } })).toEqual({
                items: sorted.slice(page, page + 1),
                pagination: { total: sorted.length, page, perPage: 1, hasMore: page + 1 < sorted.length },
              });
            }
            expect(await store.listItems({ ...args, pagination: { page: 0, perPage: 0 } })).toEqual({
              items: [],
              pagination: { total: sorted.length, page: 0, perPage: 0, hasMore: false },
            });
          }
        }
      }
      for (const version of [0, -3]) {
        expect((await store.listItems({ datasetId, version })).pagination.total).toBe(0);
      }
      expect(await store.listItems({ datasetId: "unknown" })).toEqual({
        items: [],
        pagination: { total: 0, page: 0, perPage: 100, hasMore: false },
      });
    });

    fd("FD-040", "pages of items of one instant have each item once, at every version", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      const datasetId = dataset.id;
      const items = await store.batchInsertItems({
        datasetId,
        items: Array.from({ length: 25 }, (_, n) => ({ input: n })),
      });
      for (const at of [3, 9, 20]) await store.updateItem({ id: items[at]?.id as string, datasetId, input: "new" });
      for (const version of [1, 2, 4]) {
        const ids: string[] = [];
        for (let page = 0; page < 6; page++) {
          const { items: found } = await store.listItems({ datasetId, version, pagination: { page, perPage: 5 } });
          ids.push(...found.map(({ id }) => id));
        }
        expect(ids).toEqual(items.map(({ id }) => id).toReversed());
      }
    });

    test("search is a literal substring in either text, whatever its case", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      const datasetId = dataset.id;
      await store.batchInsertItems({
        datasetId,
        items: [
          { input: "100% Sure_thing" },
          { input: { city: "Straße", n: 5 }, groundTruth: 0 },
          { input: "x", groundTruth: false },
          { input: "y", groundTruth: "" },
          { input: 'say "hi"', groundTruth: ["ÀÉ", null] },
        ],
      });
      const found = async (search: string, version?: number) =>
        (
          await store.listItems({
            datasetId,
            search,
            ...(version !== undefined && { version }),
            orderBy: { direction: "ASC" },
          })
        ).items.map(({ input }) => (typeof input === "string" ? input[0] : "object"));
      expect(await found("")).toHaveLength(5);
      expect(await found("%")).toEqual(["1"]);
      expect(await found("_")).toEqual(["1"]);
      expect(await found("SURE")).toEqual(["1"]);
      expect(await found("straSSE")).toEqual([]);
      expect(await found("STRAß")).toEqual(["object"]);
      expect(await found('"n":5')).toEqual(["object"]);
      expect(await found('"n": 5')).toEqual([]);
      expect(await found("0")).toEqual(["1", "object"]);
      expect(await found("fals")).toEqual(["x"]);
      expect(await found('"hi"')).toEqual(["s"]);
      expect(await found("àé")).toEqual(["s"]);
      expect(await found("nul")).toEqual(["s"]);
      expect(await found("nothing of it")).toEqual([]);
      const first = (await store.listItems({ datasetId, orderBy: { direction: "ASC" } })).items[0];
      await store.updateItem({ id: first?.id as string, datasetId, input: "changed" });
      expect(await found("sure")).toEqual([]);
      expect(await found("sure", 1)).toEqual(["1"]);
      const page = await store.listItems({ datasetId, search: "e", pagination: { page: 0, perPage: 1 } });
      expect(page.pagination.total).toBe((await found("e")).length);
    });

    test("bad pages, orders, filters and versions are refused, also where nothing would be found", async () => {
      const store = await open(context);
      for (const [args, words] of [
        [{ pagination: { page: -1 } }, "page must be >= 0"],
        [{ pagination: { page: 0, perPage: -1 } }, "perPage must be >= 0"],
        [{ orderBy: { field: "input" } }, "orderBy.field"],
        [{ orderBy: { field: "toString" } }, "orderBy.field"],
        [{ orderBy: { direction: "down" } }, "orderBy.direction"],
        [{ filters: { projectId: 5 } }, "projectId"],
        [{ search: {} }, "search"],
        [{ version: "1" }, "version"],
      ] as const) {
        const error = await rejection(store.listItems({ datasetId: "unknown", ...args } as never));
        expect(error, JSON.stringify(args)).toMatchObject({ category: "USER", details: { status: 400 } });
        expect((error as Error).message).toContain(words);
      }
      expect(await rejection(store.listDatasetVersions({ datasetId: "x", pagination: { page: -1 } }))).toMatchObject({
        category: "USER",
      });
    });

    fd(
      "FD-121",
      "one item, and one page of the current items, cost one request however large the dataset",
      async () => {
        const { calls, wrap } = watching();
        const store = await open(context, { wrap });
        const { dataset, items } = await withItems(store, 30);
        // A layer may look once whether it has anything to do with a table.
        await store.updateItem({ id: items[1]?.id as string, datasetId: dataset.id, input: 1 });
        for (const datasetVersion of [undefined, 12]) {
          calls.clear();
          await store.getItemById({
            id: items[4]?.id as string,
            ...(datasetVersion !== undefined && { datasetVersion }),
          });
          expect(calls.count()).toBe(1);
        }
        for (const version of [undefined, 31]) {
          calls.clear();
          const args = { datasetId: dataset.id, ...(version !== undefined && { version }) };
          expect((await store.listItems({ ...args, pagination: { page: 1, perPage: 10 } })).items).toHaveLength(10);
          expect(calls.count()).toBe(1);
        }
        calls.clear();
        await store.getItemsByVersion({ datasetId: dataset.id, version: 20 });
        // An engine that pauses a walk is asked again, and whether the dataset moved meanwhile.
        const isPaused = calls.reads.flat().some((op) => op.op === "find" && op.cursor !== undefined);
        if (!isPaused) expect(calls.count()).toBe(1);
        calls.clear();
        await store.addItem({ datasetId: dataset.id, input: 1 });
        expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
        calls.clear();
        await store.updateItem({ id: items[0]?.id as string, datasetId: dataset.id, input: 1 });
        expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
      },
    );
  });
}
