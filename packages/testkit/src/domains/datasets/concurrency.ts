import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { brokenInvariants, open, openTwice, rejection, versionOf } from "./lab.ts";

export function concurrencySuite(context: DomainContext): void {
  describe("concurrent mutations of one dataset", () => {
    test("all succeed, and the versions have no gap and no repeat", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      const store = (n: number) => stores[(n % 2) as 0 | 1];
      const items = await Promise.all(Array.from({ length: 16 }, (_, n) => store(n).addItem({ datasetId, input: n })));
      expect(items.map(({ datasetVersion }) => datasetVersion).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 16 }, (_, n) => n + 1),
      );
      const ids = items.map(({ id }) => id);
      await Promise.all([
        ...ids.slice(0, 4).map((id, n) => store(n).updateItem({ id, datasetId, input: "u" })),
        ...ids.slice(4, 7).map((id, n) => store(n).deleteItem({ id, datasetId })),
        store(0).batchDeleteItems({ datasetId, itemIds: ids.slice(7, 9) }),
        store(1).batchInsertItems({ datasetId, items: [{ input: 1 }, { input: 2 }] }),
        store(0).updateDataset({ id: datasetId, name: "renamed" }),
        store(1).purgeItem({ id: ids[15] as string, datasetId }),
      ]);
      expect(await stores[1].getDatasetById({ id: datasetId })).toMatchObject({ version: 25, name: "renamed" });
      expect(await brokenInvariants(stores[0], datasetId, ids)).toEqual([]);
    });

    fd("FD-006", "updates of different fields of one item all stay", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      const { id } = await stores[0].addItem({ datasetId, input: 0 });
      const changes = [
        { input: 1 },
        { groundTruth: 2 },
        { metadata: { a: 3 } },
        { scorerIds: ["4"] },
        { expectedTrajectory: 5 },
        { requestContext: { b: 6 } },
      ];
      await Promise.all(changes.map((change, n) => stores[(n % 2) as 0 | 1].updateItem({ id, datasetId, ...change })));
      expect(await stores[0].getItemById({ id })).toMatchObject(Object.assign({ datasetVersion: 7 }, ...changes));
      expect(await brokenInvariants(stores[0], datasetId, [id])).toEqual([]);
    });

    test("one item deleted by many makes one version", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      const { id } = await stores[0].addItem({ datasetId, input: 0 });
      await Promise.all(Array.from({ length: 8 }, (_, n) => stores[(n % 2) as 0 | 1].deleteItem({ id, datasetId })));
      expect(await versionOf(stores[0], datasetId)).toBe(2);
      expect(await stores[0].getItemHistory(id)).toHaveLength(2);
    });

    test("updates and deletions of one item: no update after the tombstone", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      const { id } = await stores[0].addItem({ datasetId, input: 0 });
      const race = await Promise.all(
        Array.from({ length: 9 }, (_, n) => {
          const store = stores[(n % 2) as 0 | 1];
          return rejection(
            n === 4 ? store.deleteItem({ id, datasetId }) : store.updateItem({ id, datasetId, input: n }),
          );
        }),
      );
      const history = await stores[0].getItemHistory(id);
      expect(history[0]?.isDeleted).toBe(true);
      expect(history.slice(1).every(({ isDeleted }) => !isDeleted)).toBe(true);
      const refused = race.filter((error) => error !== undefined);
      for (const error of refused) expect(error).toMatchObject({ id: "DATASET_ITEM_NOT_FOUND" });
      expect(history).toHaveLength(10 - refused.length);
      expect(await brokenInvariants(stores[1], datasetId, [id])).toEqual([]);
    });

    test("a deletion of the dataset against writers: afterwards nothing is left", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ id: "set", name: "set" });
      const { id } = await stores[0].addItem({ datasetId, input: 0 });
      const writes = Array.from({ length: 8 }, (_, n) =>
        n % 4 === 3
          ? stores[1].createDatasetVersion(datasetId, 100 + n)
          : n % 2
            ? stores[1].addItem({ datasetId, input: n })
            : stores[1].updateItem({ id, datasetId, input: n }),
      );
      const settled = Promise.allSettled(writes);
      await stores[0].deleteDataset({ id: datasetId });
      for (const one of await settled) {
        if (one.status === "rejected") expect(one.reason.id).toMatch(/^DATASET_(ITEM_)?NOT_FOUND$/);
      }
      expect(await stores[0].getItemHistory(id)).toEqual([]);
      await stores[1].createDataset({ id: datasetId, name: "new" });
      expect((await stores[0].listDatasetVersions({ datasetId })).versions).toEqual([]);
      expect((await stores[0].listItems({ datasetId })).items).toEqual([]);
    });

    test("different datasets do not wait for each other", async () => {
      const store = await open(context);
      const sets = await Promise.all(Array.from({ length: 6 }, (_, n) => store.createDataset({ name: `${n}` })));
      await Promise.all(sets.flatMap(({ id }) => [1, 2, 3].map((input) => store.addItem({ datasetId: id, input }))));
      for (const { id } of sets) {
        expect(await versionOf(store, id)).toBe(3);
        expect(await brokenInvariants(store, id, [])).toEqual([]);
      }
    });
  });

  describe("as a model has it", () => {
    const item = fc.nat(7);
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), inputs: fc.array(fc.nat(9), { maxLength: 3 }) }),
      fc.record({ do: fc.constant("update" as const), item, input: fc.nat(9) }),
      fc.record({ do: fc.constant("delete" as const), items: fc.array(item, { maxLength: 3 }) }),
      fc.record({ do: fc.constant("purge" as const), item }),
    );

    test("any sequence of mutations, read back at every version", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
          const store = await open(context);
          const { id: datasetId } = await store.createDataset({ name: "set" });
          const ids: string[] = [];
          const live = new Map<string, unknown>();
          const purged = new Set<string>();
          const states: Map<string, unknown>[] = [new Map()];
          for (const one of steps) {
            const id = "item" in one ? (ids[one.item] ?? "unknown") : "";
            let changes = false;
            if (one.do === "add") {
              const made = await store.batchInsertItems({ datasetId, items: one.inputs.map((input) => ({ input })) });
              for (const { id: newId, input } of made) {
                ids.push(newId);
                live.set(newId, input);
              }
              changes = made.length > 0;
            } else if (one.do === "update") {
              const error = await rejection(store.updateItem({ id, datasetId, input: one.input }));
              const expected = !live.has(id)
                ? "DATASET_ITEM_NOT_FOUND"
                : purged.has(id)
                  ? "DATASET_ITEM_PURGED"
                  : undefined;
              expect((error as { id?: string } | undefined)?.id).toBe(expected);
              changes = expected === undefined;
              if (changes) live.set(id, one.input);
            } else if (one.do === "delete") {
              const itemIds = one.items.map((at) => ids[at] ?? "unknown");
              await store.batchDeleteItems({ datasetId, itemIds });
              for (const itemId of itemIds) changes = live.delete(itemId) || changes;
            } else {
              await store.purgeItem({ id, datasetId });
              if (ids.includes(id)) {
                purged.add(id);
                for (const state of [live, ...states]) if (state.has(id)) state.set(id, null);
              }
            }
            if (changes) states.push(new Map(live));
          }
          for (const [version, state] of states.entries()) {
            const expected = [...state].sort(([a], [b]) => (a < b ? 1 : -1));
            const order = <One extends { id: string; input: unknown }>(list: One[]) =>
              list.map((one) => [one.id, one.input]);
            expect(order(await store.getItemsByVersion({ datasetId, version }))).toEqual(expected);
            const { items } = await store.listItems({ datasetId, version, pagination: { perPage: false } });
            expect(order(items)).toEqual(expected);
            for (const id of ids) {
              const found = await store.getItemById({ id, datasetVersion: version });
              expect(found === null ? undefined : found.input).toEqual(state.get(id));
            }
          }
          expect(await versionOf(store, datasetId)).toBe(states.length - 1);
          expect(await brokenInvariants(store, datasetId, ids)).toEqual([]);
        }),
        { numRuns: context.runs(15) },
      );
    });
  });
}
