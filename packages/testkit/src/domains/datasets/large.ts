import type { DatasetItem, DatasetsStorage, Experiment, ExperimentsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { failingWrite, pausing, unhurried, withAtomicLimit, withoutRevisions, withoutSnapshots } from "../wraps.ts";
import { brokenInvariants, inputs, open, openBoth, openInterruptible, openTwice, rejection, versionOf } from "./lab.ts";

/** What the smallest engine takes in one batch. */
const small = withAtomicLimit(24);
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ input: from + n, externalId: `e${from + n}` }));

export function largeSuite(context: DomainContext): void {
  describe("batches that do not fit one write", () => {
    test("are one version, like any other", async () => {
      const store = await open(context, { wrap: small });
      const { id: datasetId } = await store.createDataset({ name: "set" });
      const items = await store.batchInsertItems({ datasetId, items: many(100) });
      expect(items.map(({ input }) => input)).toEqual(many(100).map(({ input }) => input));
      expect(await versionOf(store, datasetId)).toBe(1);
      expect(await store.getItemById({ id: items[77]?.id as string })).toEqual(items[77]);
      expect(await store.getItemById({ id: items[77]?.id as string, datasetVersion: 1 })).toEqual(items[77]);
      expect(await inputs(store, datasetId)).toEqual(
        many(100)
          .map(({ input }) => input)
          .reverse(),
      );

      await store.updateItem({ id: items[0]?.id as string, datasetId, input: "new" });
      await store.batchDeleteItems({ datasetId, itemIds: items.slice(0, 70).map(({ id }) => id) });
      expect(await versionOf(store, datasetId)).toBe(3);
      expect((await store.listItems({ datasetId })).pagination.total).toBe(30);
      expect(await store.getItemsByVersion({ datasetId, version: 2 })).toHaveLength(100);
      expect(
        await brokenInvariants(
          store,
          datasetId,
          items.map(({ id }) => id),
        ),
      ).toEqual([]);

      const again = await store.batchInsertItems({ datasetId, items: many(60, 70) });
      expect(again.slice(0, 30)).toEqual(items.slice(70));
      expect(await rejection(store.batchInsertItems({ datasetId, items: many(80, 30) }))).toMatchObject({
        id: "DATASET_ITEM_IDENTITY_CONFLICT",
        conflicts: expect.objectContaining({ length: 40 }),
      });
      expect(await versionOf(store, datasetId)).toBe(4);
      await store.deleteDataset({ id: datasetId });
      expect(await store.getItemHistory(items[0]?.id as string)).toEqual([]);
      await store.createDataset({ id: datasetId, name: "again" });
      expect(await store.batchInsertItems({ datasetId, items: many(50) })).toHaveLength(50);
      expect(await versionOf(store, datasetId)).toBe(1);
    });

    test("are written where the engine does not tell what revision they rest on", async () => {
      const store = await open(context, { wrap: (engine) => withoutRevisions(small(engine)) });
      const { id: datasetId } = await store.createDataset({ name: "set" });
      const items = await store.batchInsertItems({ datasetId, items: many(60) });
      await store.batchDeleteItems({ datasetId, itemIds: items.slice(0, 30).map(({ id }) => id) });
      expect(await versionOf(store, datasetId)).toBe(2);
      expect((await store.listItems({ datasetId })).pagination.total).toBe(30);
      expect(await brokenInvariants(store, datasetId, [])).toEqual([]);
    });

    test("batches limited by their bytes", async () => {
      const store = await open(context, { wrap: withAtomicLimit(1000, 40_000) });
      const { id: datasetId } = await store.createDataset({ name: "set" });
      const items = Array.from({ length: 12 }, (_, n) => ({ input: `${n} ${"x".repeat(9000)}` }));
      const made = await store.batchInsertItems({ datasetId, items });
      expect(made.map(({ input }) => input)).toEqual(items.map(({ input }) => input));
      expect(await brokenInvariants(store, datasetId, [])).toEqual([]);
    });

    test.each([
      ["without snapshots", withoutSnapshots],
      ["whose walks pause", pausing],
    ])("a reader on an engine %s sees the old version or the new one, whatever it reads", async (_kind, reading) => {
      const storage = await context.open({ wrap: (engine) => unhurried(small(engine)) });
      const writer = (await storage.getStore("datasets")) as DatasetsStorage;
      const isApart = context.canReopen && context.capabilities.compareAndSwap;
      const other = isApart ? await context.reopen(storage, { wrap: reading }) : storage;
      const reader = (await other.getStore("datasets")) as DatasetsStorage;
      const { id: datasetId } = await writer.createDataset({ name: "set" });
      const first = await writer.batchInsertItems({ datasetId, items: many(40) });
      const ids = first.map(({ id }) => id);
      let isDone = false;
      const work = (async () => {
        await writer.batchInsertItems({ datasetId, items: many(200, 40) });
        await writer.batchDeleteItems({ datasetId, itemIds: ids });
      })().finally(() => {
        isDone = true;
      });
      const counts = new Set<number>();
      for (let last = false; !last; ) {
        last = isDone;
        // Others have their turn: an engine in this process would otherwise answer for ever without them.
        await turn();
        const before = (await versionOf(reader, datasetId)) as number;
        const listed = await reader.listItems({ datasetId, pagination: { page: 0, perPage: 1000 } });
        const all = await reader.getItemsByVersion({ datasetId, version: 1_000_000 });
        const history = await reader.getItemHistory(ids[0] as string);
        const one = await reader.getItemById({ id: ids[39] as string });
        const after = (await versionOf(reader, datasetId)) as number;
        counts.add(listed.items.length).add(all.length);
        if (before === after) {
          const expected = [0, 40, 240, 200][after];
          expect([after, listed.items.length, listed.pagination.total, all.length]).toEqual([
            after,
            expected,
            expected,
            expected,
          ]);
          expect(history.map(({ validTo, isDeleted }) => [validTo, isDeleted])).toEqual(
            after < 3
              ? [[null, false]]
              : [
                  [null, true],
                  [3, false],
                ],
          );
          expect(one === null).toBe(after === 3);
        }
      }
      await work;
      for (const count of counts) expect([40, 240, 200]).toContain(count);
      expect(await brokenInvariants(reader, datasetId, ids)).toEqual([]);
    });

    test("writers take turns with a large batch, in one process and in two", async () => {
      const { stores } = await openTwice(context, { wrap: small });
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      await Promise.all([
        stores[0].batchInsertItems({ datasetId, items: many(60) }),
        stores[1].batchInsertItems({ datasetId, items: many(60, 30) }),
        stores[1].addItem({ datasetId, input: "one" }),
        stores[0].updateDataset({ id: datasetId, name: "renamed" }),
      ]);
      expect(await stores[0].getDatasetById({ id: datasetId })).toMatchObject({ version: 3, name: "renamed" });
      expect((await stores[1].listItems({ datasetId })).pagination.total).toBe(91);
      expect(await brokenInvariants(stores[1], datasetId, [])).toEqual([]);
    });

    test("a failure at any write leaves the old version, for the same writer and for others", async () => {
      for (const job of ["insert", "delete"] as const) {
        for (let cut = 1, wasCut = true; wasCut; cut++) {
          const nth = { count: 0 };
          const store = await open(context, { wrap: (engine) => failingWrite(nth)(small(engine)) });
          const { id: datasetId } = await store.createDataset({ name: "set" });
          const items = await store.batchInsertItems({ datasetId, items: many(50) });
          const ids = items.map(({ id }) => id);
          nth.count = cut;
          const error = await rejection(
            job === "insert"
              ? store.batchInsertItems({ datasetId, items: many(50, 50) })
              : store.batchDeleteItems({ datasetId, itemIds: ids }),
          );
          nth.count = 0;
          wasCut = error !== undefined;
          const version = wasCut ? 1 : 2;
          expect([cut, await versionOf(store, datasetId)]).toEqual([cut, version]);
          expect(await brokenInvariants(store, datasetId, ids)).toEqual([]);
          await store.addItem({ datasetId, input: "next" });
          expect(await versionOf(store, datasetId)).toBe(version + 1);
          const expected = wasCut ? 51 : job === "insert" ? 101 : 1;
          expect((await store.listItems({ datasetId })).pagination.total).toBe(expected);
          expect(await brokenInvariants(store, datasetId, ids)).toEqual([]);
          expect(cut).toBeLessThan(50);
        }
      }
    });

    test("what a killed writer left is unseen, and undone by the next writer once its reservation is over", async () => {
      const { clock } = context;
      if (!clock) return;
      for (const job of ["insert", "delete", "schema"] as const) {
        for (let cut = 1, wasCut = true; wasCut; cut++) {
          const nth = { count: Number.POSITIVE_INFINITY };
          const store = await open(context, { wrap: (engine) => failingWrite(nth, true)(small(engine)) });
          const { id: datasetId } = await store.createDataset({ name: "set" });
          const ids = (await store.batchInsertItems({ datasetId, items: many(40) })).map(({ id }) => id);
          nth.count = cut;
          const error = await rejection(
            job === "insert"
              ? store.batchInsertItems({ datasetId, items: many(40, 40) })
              : job === "delete"
                ? store.batchDeleteItems({ datasetId, itemIds: ids })
                : store.updateDataset({ id: datasetId, inputSchema: { type: "number" } }),
          );
          nth.count = Number.POSITIVE_INFINITY;
          wasCut = error !== undefined;
          const version = wasCut || job === "schema" ? 1 : 2;
          expect(await versionOf(store, datasetId)).toBe(version);
          const expected = version === 1 ? 40 : job === "insert" ? 80 : 0;
          expect((await store.listItems({ datasetId })).items).toHaveLength(expected);
          expect(await brokenInvariants(store, datasetId, ids)).toEqual([]);
          clock.advance(31_000);
          if (version === 1) await store.updateItem({ id: ids[0] as string, datasetId, input: 1000 });
          else await store.addItem({ datasetId, input: 1000 });
          expect(await versionOf(store, datasetId)).toBe(version + 1);
          expect((await store.listItems({ datasetId })).items).toHaveLength(version === 1 ? 40 : expected + 1);
          expect(await brokenInvariants(store, datasetId, ids)).toEqual([]);
          expect(cut).toBeLessThan(50);
        }
      }
    });

    test("a writer that lost its reservation cannot write one row more", async () => {
      const { clock } = context;
      const opened = await openInterruptible(context, small);
      if (!clock || !opened) return;
      const [slow, fast] = opened.datasets;
      const nameless = (count: number) => Array.from({ length: count }, (_, input) => ({ input }));
      for (const nth of [2, 3, 5]) {
        const { id: datasetId } = await slow.createDataset({ name: "set" });
        opened.arm(async () => {
          clock.advance(31_000);
          await fast.batchInsertItems({ datasetId, items: nameless(60) });
        }, nth);
        await slow.batchInsertItems({ datasetId, items: nameless(80) });
        expect(await versionOf(fast, datasetId)).toBe(2);
        expect(await fast.getItemsByVersion({ datasetId, version: 1 })).toHaveLength(60);
        expect((await fast.listItems({ datasetId })).pagination.total).toBe(140);
        expect(await brokenInvariants(fast, datasetId, [])).toEqual([]);
      }
    });

    test("a reservation that runs is waited for", async () => {
      const opened = await openInterruptible(context, small);
      if (!opened) return;
      const [slow, fast] = opened.datasets;
      const { id: datasetId } = await slow.createDataset({ name: "set" });
      let other: Promise<DatasetItem> | undefined;
      opened.arm(async () => {
        other = fast.addItem({ datasetId, input: "other" });
        await new Promise((resolve) => setTimeout(resolve, 200));
      }, 3);
      const items = await slow.batchInsertItems({ datasetId, items: many(80) });
      expect(items[0]?.datasetVersion).toBe(1);
      expect((await other)?.datasetVersion).toBe(2);
      expect(await brokenInvariants(fast, datasetId, [])).toEqual([]);
    });
  });

  describe("deletions that do not fit one write", () => {
    test("a dataset goes at once, with all its experiments detached at once", async () => {
      const { datasets, experiments } = await openBoth(context, { wrap: small });
      const { id: datasetId } = await datasets.createDataset({ name: "set" });
      const items = await datasets.batchInsertItems({ datasetId, items: many(50) });
      const runs: Experiment[] = [];
      for (let n = 0; n < 30; n++)
        runs.push(await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 }));
      let isDone = false;
      const work = datasets.deleteDataset({ id: datasetId }).finally(() => {
        isDone = true;
      });
      const look = async () => {
        const dataset = await datasets.getDatasetById({ id: datasetId });
        const listed = (await datasets.listItems({ datasetId })).items.length;
        const one = await datasets.getItemById({ id: items[49]?.id as string });
        const at = (await datasets.getItemsByVersion({ datasetId, version: 1 })).length;
        const attached = (await experiments.listExperiments({ datasetId })).pagination.total;
        const last = await experiments.getExperimentById({ id: runs[29]?.id as string });
        return [dataset, listed || null, one, at || null, attached || null, last?.datasetId ?? null];
      };
      for (let last = false, wasGone = false; !last; ) {
        last = isDone;
        // Others have their turn: an engine in this process would otherwise answer for ever without them.
        await turn();
        const parts = await look();
        if (wasGone || last) expect(parts).toEqual(Array(6).fill(null));
        const firstGone = parts.indexOf(null);
        if (firstGone >= 0) {
          expect(parts.slice(firstGone)).toEqual(Array(6 - firstGone).fill(null));
          wasGone = true;
        }
      }
      await work;
      const { experiments: left } = await experiments.listExperiments({ pagination: { perPage: false } });
      expect(left).toHaveLength(30);
      expect(left.every(({ datasetId: id, datasetVersion }) => id === null && datasetVersion === null)).toBe(true);
    });

    test("a slow deletion does not reach what was made after a faster one had finished it", async () => {
      const opened = await openInterruptible(context, small);
      if (!opened) return;
      const [slow, fast] = opened.datasets;
      const [, experiments] = opened.experiments;
      for (const nth of [2, 3, 4, 5]) {
        const datasetId = `set-${nth}`;
        await slow.createDataset({ id: datasetId, name: "old" });
        await slow.batchInsertItems({ datasetId, items: many(40) });
        for (let n = 0; n < 3; n++) await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 });
        opened.arm(async () => {
          await fast.createDataset({ id: datasetId, name: "new" });
          await fast.batchInsertItems({ datasetId, items: many(40) });
          await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 });
        }, nth);
        await slow.deleteDataset({ id: datasetId });
        expect((await fast.listItems({ datasetId })).pagination.total).toBe(40);
        expect((await experiments.listExperiments({ datasetId })).pagination.total).toBe(1);
        expect(await brokenInvariants(fast, datasetId, [])).toEqual([]);
      }
    });

    test("a deletion cut off anywhere is whole, or has not begun; creating the id finishes it", async () => {
      for (let cut = 1, wasCut = true; wasCut; cut++) {
        const nth = { count: 0 };
        const wrap = (engine: Parameters<typeof small>[0]) => failingWrite(nth)(small(engine));
        const { datasets, experiments } = await openBoth(context, { wrap });
        const datasetId = "set";
        await datasets.createDataset({ id: datasetId, name: "old" });
        const items = await datasets.batchInsertItems({ datasetId, items: many(30) });
        const single = await datasets.addItem({ datasetId, input: "single" });
        const run = await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 });
        const kept = await keptResult(experiments, run.id);
        nth.count = cut;
        wasCut = (await rejection(datasets.deleteDataset({ id: datasetId }))) !== undefined;
        nth.count = 0;
        const isGone = (await datasets.getDatasetById({ id: datasetId })) === null;
        expect(isGone).toBe(cut > 1 || !wasCut);
        expect((await datasets.getItemById({ id: items[0]?.id as string })) === null).toBe(isGone);
        expect((await datasets.getItemById({ id: single.id })) === null).toBe(isGone);
        expect((await datasets.getItemHistory(single.id)).length === 0).toBe(isGone);
        expect((await datasets.getItemHistory(items[0]?.id as string)).length === 0).toBe(isGone);
        expect((await datasets.listDatasetVersions({ datasetId })).versions.length === 0).toBe(isGone);
        expect(await experiments.getExperimentById({ id: run.id })).toEqual(
          isGone ? { ...run, datasetId: null, datasetVersion: null } : run,
        );
        expect(await experiments.getExperimentResultById({ id: kept.id })).toEqual(kept);
        if (isGone) {
          const renewed = await datasets.createDataset({ id: datasetId, name: "new" });
          expect(renewed.version).toBe(0);
          const later = await experiments.createExperiment({ datasetId, datasetVersion: 0, totalItems: 1 });
          expect(await datasets.addItem({ datasetId, input: 9, externalId: "e0" })).toMatchObject({
            datasetVersion: 1,
          });
          expect((await experiments.listExperiments({ datasetId })).experiments).toEqual([later]);
        } else {
          await datasets.deleteDataset({ id: datasetId });
        }
        expect(await datasets.getItemHistory(items[0]?.id as string)).toEqual([]);
        expect((await experiments.getExperimentById({ id: run.id }))?.datasetId).toBeNull();
        expect(cut).toBeLessThan(50);
      }
    });
  });
}

const keptResult = (experiments: ExperimentsStorage, experimentId: string) =>
  experiments.addExperimentResult({ experimentId, itemId: "i", input: 1, startedAt: 1, completedAt: 2 });

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
