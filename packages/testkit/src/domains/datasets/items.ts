import type { DatasetItem, DatasetItemPayload } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { brokenInvariants, inputs, open, rejection, versionOf, withItems } from "./lab.ts";

const full: DatasetItemPayload = {
  externalId: "e",
  input: { question: "q", list: [] },
  groundTruth: "g",
  expectedTrajectory: [{ step: 1 }],
  toolMocks: [{ toolName: "t", args: {}, output: null, matchArgs: "ignore" }],
  unmockedToolPolicy: "deny",
  scorerIds: [],
  requestContext: { user: null },
  metadata: {},
  source: { type: "csv", referenceId: "r" },
};

export function itemsSuite(context: DomainContext): void {
  describe("writing items", () => {
    test("an item has what was given and the tenancy of its dataset", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set", organizationId: "o", projectId: "p" });
      const item = await store.addItem({ datasetId: dataset.id, ...full });
      expect(item).toEqual({
        ...full,
        id: item.id,
        datasetId: dataset.id,
        datasetVersion: 1,
        organizationId: "o",
        projectId: "p",
        createdAt: item.createdAt,
        updatedAt: item.createdAt,
      });
      expect(item.createdAt).toBeInstanceOf(Date);
      expect(await store.getItemById({ id: item.id })).toEqual(item);
      const bare = await store.addItem({
        datasetId: dataset.id,
        input: null,
        metadata: null,
        source: null,
        scorerIds: null,
      });
      expect(Object.keys(bare).sort()).toEqual(
        [
          "createdAt",
          "datasetId",
          "datasetVersion",
          "externalId",
          "id",
          "input",
          "organizationId",
          "projectId",
          "updatedAt",
        ].sort(),
      );
      expect(bare).toMatchObject({ input: null, externalId: null, datasetVersion: 2 });
    });

    test("a batch is one version, with one instant, in the order given", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      context.clock?.advance(1000);
      const items = await store.batchInsertItems({
        datasetId: dataset.id,
        items: Array.from({ length: 12 }, (_, n) => ({ input: n })),
      });
      expect(items.map(({ input }) => input)).toEqual(Array.from({ length: 12 }, (_, n) => n));
      expect(new Set(items.map(({ createdAt }) => createdAt.getTime())).size).toBe(1);
      expect(new Set(items.map(({ datasetVersion }) => datasetVersion))).toEqual(new Set([1]));
      expect(items.map(({ id }) => id)).toEqual(items.map(({ id }) => id).sort());
      const after = await store.getDatasetById({ id: dataset.id });
      expect(after).toEqual({ ...dataset, version: 1 });
      const { versions } = await store.listDatasetVersions({ datasetId: dataset.id });
      expect(versions).toEqual([
        { id: versions[0]?.id, datasetId: dataset.id, version: 1, createdAt: items[0]?.createdAt },
      ]);
      expect(await inputs(store, dataset.id)).toEqual(Array.from({ length: 12 }, (_, n) => 11 - n));
    });

    test("what changes nothing makes no version", async () => {
      const store = await open(context);
      const { dataset, items } = await withItems(store, 2, (n) => ({ input: n, externalId: `e${n}` }));
      const datasetId = dataset.id;
      expect(await store.batchInsertItems({ datasetId, items: [] })).toEqual([]);
      await store.batchDeleteItems({ datasetId, itemIds: [] });
      await store.batchDeleteItems({ datasetId, itemIds: ["unknown", "", "a\0"] });
      await store.deleteItem({ id: "unknown", datasetId });
      await store.deleteItem({ id: "", datasetId });
      await store.purgeItem({ id: "unknown", datasetId });
      expect(await store.addItem({ datasetId, input: 1, externalId: "e1" })).toEqual(items[1]);
      expect(await versionOf(store, datasetId)).toBe(2);
      expect((await store.listDatasetVersions({ datasetId })).pagination.total).toBe(2);
    });

    test("a mutation of a dataset that is not there is an error, but for a deletion and a purge of one item", async () => {
      const store = await open(context);
      const { items } = await withItems(store, 1);
      const id = items[0]?.id as string;
      for (const datasetId of ["unknown", "", "a\0"]) {
        for (const call of [
          () => store.addItem({ datasetId, input: 1 }),
          () => store.batchInsertItems({ datasetId, items: [] }),
          () => store.updateItem({ id, datasetId, input: 2 }),
          () => store.batchDeleteItems({ datasetId, itemIds: [id] }),
          () => store.createDatasetVersion(datasetId, 1),
        ]) {
          const error = await rejection(call());
          expect(error).toMatchObject({ id: "DATASET_NOT_FOUND", details: { status: 404 } });
          expect((error as Error).message).toContain(`Dataset not found: ${datasetId}`);
        }
        await store.deleteItem({ id, datasetId });
        await store.purgeItem({ id, datasetId });
      }
      expect(await store.getItemById({ id })).toEqual(items[0]);
    });

    test("an update replaces what is given, null included, and always makes a version", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      const made = await store.addItem({ datasetId: dataset.id, ...full });
      context.clock?.advance(1000);
      const updated = await store.updateItem({
        id: made.id,
        datasetId: dataset.id,
        input: null,
        groundTruth: null,
        scorerIds: null,
        metadata: { replaced: true },
        requestContext: undefined,
      } as never);
      const { scorerIds, ...rest } = made;
      expect(updated).toEqual({
        ...rest,
        input: null,
        groundTruth: null,
        metadata: { replaced: true },
        datasetVersion: 2,
        updatedAt: updated.updatedAt,
      });
      expect(scorerIds).toEqual([]);
      if (context.clock) expect(updated.updatedAt.getTime()).toBe(made.updatedAt.getTime() + 1000);
      expect(await store.getItemById({ id: made.id })).toEqual(updated);
      expect(await store.getItemById({ id: made.id, datasetVersion: 1 })).toEqual(made);
      const again = await store.updateItem({ id: made.id, datasetId: dataset.id });
      expect(again).toEqual({ ...updated, datasetVersion: 3, updatedAt: again.updatedAt });
      expect(await store.getItemHistory(made.id)).toEqual([
        { ...again, validTo: null, isDeleted: false },
        { ...updated, validTo: 3, isDeleted: false },
        { ...made, validTo: 2, isDeleted: false },
      ]);
      expect(
        await store.updateItem({ id: made.id, datasetId: dataset.id, externalId: "other" } as never),
      ).toMatchObject({
        externalId: "e",
      });
    });

    test("updatedAt of an item never goes back", async () => {
      if (!context.clock) return;
      const store = await open(context);
      const { dataset, items } = await withItems(store, 1);
      context.clock.set((items[0]?.updatedAt.getTime() as number) - 60_000);
      const updated = await store.updateItem({ id: items[0]?.id as string, datasetId: dataset.id, input: 1 });
      expect(updated.updatedAt).toEqual(items[0]?.updatedAt);
    });

    test("a deletion leaves a tombstone with the last payload", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      const made = await store.addItem({ datasetId: dataset.id, ...full });
      context.clock?.advance(1000);
      await store.deleteItem({ id: made.id, datasetId: dataset.id });
      await store.deleteItem({ id: made.id, datasetId: dataset.id });
      const [tombstone, first] = await store.getItemHistory(made.id);
      expect(tombstone).toEqual({
        ...made,
        datasetVersion: 2,
        validTo: null,
        isDeleted: true,
        updatedAt: tombstone?.updatedAt,
      });
      if (context.clock) expect(tombstone?.updatedAt.getTime()).toBe(made.updatedAt.getTime() + 1000);
      expect(first).toEqual({ ...made, validTo: 2, isDeleted: false });
      expect(await store.getItemById({ id: made.id })).toBeNull();
      expect(await store.getItemById({ id: made.id, datasetVersion: 1 })).toEqual(made);
      expect(await store.getItemById({ id: made.id, datasetVersion: 2 })).toBeNull();
      expect(await versionOf(store, dataset.id)).toBe(2);
      const error = await rejection(store.updateItem({ id: made.id, datasetId: dataset.id, input: 1 }));
      expect(error).toMatchObject({ id: "DATASET_ITEM_NOT_FOUND", details: { status: 404, itemId: made.id } });
      expect((error as Error).message).toContain(`Item not found: ${made.id}`);
    });

    test("a batch deletion skips unknown, deleted, foreign and repeated ids", async () => {
      const store = await open(context);
      const { dataset, items } = await withItems(store, 4);
      const { items: foreign } = await withItems(store, 1);
      const ids = items.map(({ id }) => id) as [string, string, string, string];
      const datasetId = dataset.id;
      await store.deleteItem({ id: ids[3], datasetId });
      await store.batchDeleteItems({
        datasetId,
        itemIds: [ids[0], "unknown", ids[0], foreign[0]?.id as string, ids[3], ids[1], ids[0]],
      });
      expect(await versionOf(store, datasetId)).toBe(6);
      expect((await store.listItems({ datasetId })).items).toEqual([items[2]]);
      expect(await store.getItemById({ id: foreign[0]?.id as string })).toEqual(foreign[0]);
      expect((await store.getItemHistory(ids[0])).map(({ datasetVersion }) => datasetVersion)).toEqual([6, 1]);
      expect((await store.getItemHistory(ids[3])).map(({ datasetVersion }) => datasetVersion)).toEqual([5, 4]);
      expect(await brokenInvariants(store, datasetId, ids)).toEqual([]);
    });

    test("an item of another dataset", async () => {
      const store = await open(context);
      const { items } = await withItems(store, 1);
      const other = await store.createDataset({ name: "other" });
      const target = { id: items[0]?.id as string, datasetId: other.id };
      for (const call of [
        () => store.updateItem({ ...target, input: 2 }),
        () => store.deleteItem(target),
        () => store.purgeItem(target),
      ]) {
        const error = await rejection(call());
        expect(error).toMatchObject({
          id: "DATASET_ITEM_DATASET_MISMATCH",
          category: "USER",
          details: { status: 400 },
        });
        expect((error as Error).message).toContain("does not belong to dataset");
      }
      expect(await store.getItemById({ id: target.id })).toEqual(items[0]);
      expect(await versionOf(store, other.id)).toBe(0);
    });

    test("bad arguments are refused, and nothing is written", async () => {
      const store = await open(context);
      const { dataset, items } = await withItems(store, 1);
      const datasetId = dataset.id;
      const id = items[0]?.id as string;
      for (const call of [
        () => store.batchInsertItems({ datasetId, items: "x" as never }),
        () => store.batchInsertItems({ datasetId, items: [null as never] }),
        () => store.addItem({ datasetId } as never),
        () => store.addItem({ datasetId, input: 1, externalId: 5 as never }),
        () => store.addItem({ datasetId, input: 1, externalId: "a\0" }),
        () => store.addItem({ datasetId, input: 1, metadata: [] as never }),
        () => store.addItem({ datasetId, input: 1, scorerIds: "x" as never }),
        () => store.addItem({ datasetId, input: 1, unmockedToolPolicy: {} as never }),
        () => store.addItem({ datasetId: {} as never, input: 1 }),
        () => store.updateItem({ id: {} as never, datasetId }),
        () => store.deleteItem({ id: ["x"] as never, datasetId }),
        () => store.batchDeleteItems({ datasetId, itemIds: id as never }),
        () => store.batchDeleteItems({ datasetId, itemIds: [{} as never] }),
        () => store.getItemById({ id, datasetVersion: "1" as never }),
        () => store.getItemsByVersion({ datasetId, version: 1.5 }),
      ]) {
        expect(await rejection(call()), String(call)).toMatchObject({ category: "USER", details: { status: 400 } });
      }
      expect(await versionOf(store, datasetId)).toBe(1);
    });

    test("ids may be any text that a key may be", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ id: "a/b:c %_é😀 '\"", name: "set" });
      const item = await store.addItem({ datasetId: dataset.id, input: 1, externalId: "  É\n" });
      expect((await store.listItems({ datasetId: dataset.id })).items).toEqual([item]);
      expect(await store.addItem({ datasetId: dataset.id, input: 1, externalId: "  É\n" })).toEqual(item);
    });
  });

  describe("versions", () => {
    test("a recorded version stays when a mutation reaches it", async () => {
      const store = await open(context);
      const { dataset } = await withItems(store, 1);
      const datasetId = dataset.id;
      const recorded = await store.createDatasetVersion(datasetId, 2);
      expect(recorded).toMatchObject({ datasetId, version: 2 });
      expect(await versionOf(store, datasetId)).toBe(1);
      context.clock?.advance(1000);
      const item = await store.addItem({ datasetId, input: 2 });
      expect(item.datasetVersion).toBe(2);
      const { versions, pagination } = await store.listDatasetVersions({ datasetId, pagination: { perPage: 1 } });
      expect(versions).toEqual([recorded]);
      expect(pagination).toEqual({ total: 2, page: 0, perPage: 1, hasMore: true });
      for (const version of [1, 2]) {
        expect(await rejection(store.createDatasetVersion(datasetId, version))).toMatchObject({
          id: "DATASET_VERSION_CONFLICT",
          details: { status: 409 },
        });
      }
      for (const version of [-1, 0.5, "3"]) {
        expect(await rejection(store.createDatasetVersion(datasetId, version as number))).toMatchObject({
          category: "USER",
        });
      }
    });

    test("a dataset has no versions before its first item", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      expect(await store.listDatasetVersions({ datasetId: dataset.id })).toEqual({
        versions: [],
        pagination: { total: 0, page: 0, perPage: 100, hasMore: false },
      });
      expect(await store.getItemsByVersion({ datasetId: dataset.id, version: 0 })).toEqual([]);
    });
  });

  describe("values", () => {
    const values: [label: string, value: unknown][] = [
      ["null", null],
      ["the text null", "null"],
      ["zero", 0],
      ["false", false],
      ["the empty text", ""],
      ["an empty list", []],
      ["an empty object", {}],
      ["a text like JSON", '{"a":1}'],
      ["a text like a number", "10.50"],
      ["odd members", JSON.parse('{"__proto__":{"a":1},"constructor":1,"":[],"a.b":{"$set":1}}')],
      ["odd texts", ["a\0b", "\ud800", "\u2028", "é😀"]],
      ["numbers", [1e308, 5e-324, 0.1, 9007199254740991, 1.0]],
    ];

    fd("FD-069", "absent, null and every other value stay apart in each field that tells them apart", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      for (const [, value] of values) {
        const item = await store.addItem({
          datasetId: dataset.id,
          input: value,
          groundTruth: value,
          expectedTrajectory: value,
        });
        const found = (await store.getItemById({ id: item.id })) as DatasetItem;
        expect(found).toEqual(item);
        expect([found.input, found.groundTruth, found.expectedTrajectory]).toEqual([value, value, value]);
        const absent = (await store.getItemById({
          id: (await store.addItem({ datasetId: dataset.id, input: value })).id,
        })) as DatasetItem;
        expect("groundTruth" in absent || "expectedTrajectory" in absent).toBe(false);
        const updated = await store.updateItem({ id: absent.id, datasetId: dataset.id, groundTruth: value });
        expect(updated.groundTruth).toEqual(value);
        expect("expectedTrajectory" in updated).toBe(false);
      }
    });

    test("what was returned is not what is stored", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      const input = { list: [1] };
      const item = await store.addItem({ datasetId: dataset.id, input });
      input.list.push(2);
      (item.input as typeof input).list.push(3);
      expect((await store.getItemById({ id: item.id }))?.input).toEqual({ list: [1] });
      const [listed] = (await store.listItems({ datasetId: dataset.id })).items as [DatasetItem];
      (listed.input as typeof input).list.push(4);
      expect((await store.getItemById({ id: item.id }))?.input).toEqual({ list: [1] });
    });

    class Thing {
      a = 1;
    }
    const circle: Record<string, unknown> = { deep: { list: [] } };
    (circle.deep as { list: unknown[] }).list.push(circle);

    test.each<[label: string, input: unknown, path: string]>([
      ["a date", { at: new Date(0) }, "input.at"],
      ["a map", new Map(), "input"],
      ["a class instance", [new Thing()], "input[0]"],
      ["NaN", { a: { "b c": Number.NaN } }, 'input.a["b c"]'],
      ["infinity", [1, Number.POSITIVE_INFINITY], "input[1]"],
      ["a bigint", 1n, "input"],
      ["a function", { f() {} }, "input.f"],
      ["a symbol", { s: Symbol("s") }, "input.s"],
      ["a symbol as a name", { [Symbol("s")]: 1 }, "input"],
      ["undefined inside", { a: undefined }, "input.a"],
      ["a hole in a list", Array(1), "input[0]"],
      ["a cycle", circle, "input.deep.list[0]"],
    ])("%s is no payload", async (label, input, path) => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      const error = await rejection(
        store.batchInsertItems({ datasetId: dataset.id, items: [{ input: 1 }, { input }] }),
      );
      expect(error).toMatchObject({ id: "DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE", details: { path, status: 400 } });
      expect((error as Error).message).toContain(path);
      const { details } = error as { details: Record<string, unknown> };
      expect(details).toHaveProperty(label === "a cycle" ? "referencePath" : "reason");
      if (label === "a cycle") expect(details.referencePath).toBe("input");
      expect(await versionOf(store, dataset.id)).toBe(0);
    });

    test("every field is looked at; one object in two places is no cycle; depth is no limit", async () => {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "set" });
      for (const field of [
        "groundTruth",
        "expectedTrajectory",
        "toolMocks",
        "scorerIds",
        "requestContext",
        "metadata",
        "source",
      ]) {
        const bad = field === "toolMocks" || field === "scorerIds" ? [new Date()] : { type: new Date() };
        const error = await rejection(store.addItem({ datasetId: dataset.id, input: 1, [field]: bad }));
        expect(error, field).toMatchObject({ id: "DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE" });
      }
      const shared = { a: 1 };
      const twice = await store.addItem({ datasetId: dataset.id, input: [shared, shared, Object.create(null)] });
      expect(twice.input).toEqual([shared, shared, {}]);
      let deep: unknown = "bottom";
      for (let n = 0; n < 3000; n++) deep = { n: [deep] };
      const item = await store.addItem({ datasetId: dataset.id, input: deep, externalId: "deep" });
      let found = (await store.getItemById({ id: item.id }))?.input;
      for (let n = 0; n < 3000; n++) found = (found as { n: [unknown] }).n[0];
      expect(found).toBe("bottom");
    });
  });
}
