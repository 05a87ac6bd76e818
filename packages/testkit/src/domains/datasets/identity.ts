import { DatasetItemIdentityConflictError } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { brokenInvariants, inputs, open, openTwice, rejection, versionOf } from "./lab.ts";

export function identitySuite(context: DomainContext): void {
  describe("external ids", () => {
    async function seeded() {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({ name: "set" });
      return { store, datasetId };
    }

    fd("FD-039", "the same import again writes nothing and returns the current items", async () => {
      const { store, datasetId } = await seeded();
      const items = [
        { externalId: "a", input: { x: 1, y: [{ b: 1, a: 2 }] }, metadata: { k: 1 } },
        { externalId: "b", input: 0, groundTruth: null },
        { input: "no identity" },
      ];
      const first = await store.batchInsertItems({ datasetId, items });
      const updated = await store.updateItem({ id: first[0]?.id as string, datasetId, input: "later" });
      const again = await store.batchInsertItems({
        datasetId,
        items: [
          { externalId: "b", input: 0 },
          { metadata: { k: 1 }, input: { y: [{ a: 2, b: 1 }], x: 1 }, externalId: "a", scorerIds: null },
        ],
      });
      expect(again).toEqual([first[1], updated]);
      expect(await versionOf(store, datasetId)).toBe(2);
      const mixed = await store.batchInsertItems({
        datasetId,
        items: [
          { externalId: "b", input: 0 },
          { externalId: "c", input: 3 },
        ],
      });
      expect(mixed[0]).toEqual(first[1]);
      expect(mixed[1]).toMatchObject({ externalId: "c", datasetVersion: 3 });
    });

    test("another payload, and a deleted item, are conflicts; all of a batch are named, nothing is written", async () => {
      const { store, datasetId } = await seeded();
      const [a, b, c] = await store.batchInsertItems({
        datasetId,
        items: [
          { externalId: "a", input: 1 },
          { externalId: "b", input: 2 },
          { externalId: "c", input: 3 },
        ],
      });
      await store.deleteItem({ id: b?.id as string, datasetId });
      await store.updateItem({ id: c?.id as string, datasetId, input: 4 });
      const error = await rejection(
        store.batchInsertItems({
          datasetId,
          items: [
            { externalId: "new", input: 0 },
            { externalId: "a", input: 9 },
            { externalId: "b", input: 2 },
            { externalId: "c", input: 4 },
            { externalId: "c", input: 3 },
          ],
        }),
      );
      expect(error).toBeInstanceOf(DatasetItemIdentityConflictError);
      expect(error).toMatchObject({
        id: "DATASET_ITEM_IDENTITY_CONFLICT",
        name: "DatasetItemIdentityConflictError",
        details: { status: 409 },
        conflicts: [
          { index: 1, externalId: "a", existingItemId: a?.id, reason: "payload_mismatch" },
          { index: 2, externalId: "b", existingItemId: b?.id, reason: "deleted" },
          { index: 3, externalId: "c", existingItemId: c?.id, reason: "payload_mismatch" },
        ],
      });
      expect(await versionOf(store, datasetId)).toBe(3);
      expect(await inputs(store, datasetId)).toEqual([4, 1]);
    });

    test("repeats inside one batch are judged by the first of them", async () => {
      const { store, datasetId } = await seeded();
      const [first, second, other] = await store.batchInsertItems({
        datasetId,
        items: [
          { externalId: "a", input: { x: 1 } },
          { externalId: "a", input: { x: 1 }, groundTruth: null },
          { externalId: "b", input: { x: 1 } },
        ],
      });
      expect(second).toEqual(first);
      expect(other?.id).not.toBe(first?.id);
      expect((await store.listItems({ datasetId })).pagination.total).toBe(2);
      const error = await rejection(
        store.batchInsertItems({
          datasetId,
          items: [
            { externalId: "c", input: 1 },
            { externalId: "c", input: 2 },
          ],
        }),
      );
      expect(error).toMatchObject({ conflicts: [{ index: 1, externalId: "c", reason: "payload_mismatch" }] });
      expect(await versionOf(store, datasetId)).toBe(1);
    });

    test("an identity is the dataset's own; the empty one is refused", async () => {
      const { store, datasetId } = await seeded();
      const other = await store.createDataset({ name: "other" });
      const one = await store.addItem({ datasetId, input: 1, externalId: "x" });
      const two = await store.addItem({ datasetId: other.id, input: 2, externalId: "x" });
      expect(two.id).not.toBe(one.id);
      const error = await rejection(store.addItem({ datasetId, input: 1, externalId: "" }));
      expect(error).toMatchObject({ id: "DATASET_ITEM_EXTERNAL_ID_INVALID", details: { status: 400 } });
      expect(await store.addItem({ datasetId, input: 1, externalId: null })).toMatchObject({ externalId: null });
    });

    test("after a purge the old payload is not known any more", async () => {
      const { store, datasetId } = await seeded();
      const item = await store.addItem({ datasetId, input: "secret", externalId: "p" });
      await store.purgeItem({ id: item.id, datasetId });
      expect(await rejection(store.addItem({ datasetId, input: "secret", externalId: "p" }))).toMatchObject({
        conflicts: [{ existingItemId: item.id, reason: "payload_mismatch" }],
      });
    });

    fd("FD-030", "of concurrent batches with one new id one inserts, the others resolve against it", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      const batches = await Promise.all(
        Array.from({ length: 10 }, (_, n) =>
          stores[(n % 2) as 0 | 1].batchInsertItems({
            datasetId,
            items: [
              { externalId: "same", input: "same" },
              { externalId: `own-${n}`, input: n },
            ],
          }),
        ),
      );
      expect(new Set(batches.map(([same]) => same?.id)).size).toBe(1);
      expect((await stores[0].listItems({ datasetId })).pagination.total).toBe(11);
      expect(await versionOf(stores[1], datasetId)).toBe(10);
      expect(await brokenInvariants(stores[0], datasetId, [])).toEqual([]);
      const race = await Promise.allSettled(
        Array.from({ length: 6 }, (_, n) =>
          stores[(n % 2) as 0 | 1].addItem({ datasetId, externalId: "race", input: n }),
        ),
      );
      expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      for (const one of race) {
        if (one.status === "rejected") expect(one.reason).toMatchObject({ id: "DATASET_ITEM_IDENTITY_CONFLICT" });
      }
    });
  });
}
