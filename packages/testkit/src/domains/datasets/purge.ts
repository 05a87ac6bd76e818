import type { DatasetItemRow, DatasetsStorage, ExperimentResult } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { failingWrite, withAtomicLimit } from "../wraps.ts";
import { open, openBoth, openInterruptible, openTwice, rejection, versionOf } from "./lab.ts";

const canary = "canary-7f3a";
const payload = {
  input: { secret: canary },
  groundTruth: canary,
  expectedTrajectory: [canary],
  toolMocks: [{ toolName: canary, args: {}, output: canary }],
  unmockedToolPolicy: "allow" as const,
  scorerIds: [canary],
  requestContext: { canary },
  metadata: { canary },
  source: { type: "csv", referenceId: canary },
};
const erased = {
  input: null,
  groundTruth: null,
  expectedTrajectory: null,
  toolMocks: null,
  unmockedToolPolicy: null,
  scorerIds: null,
  requestContext: null,
  source: null,
};

async function seeded(store: DatasetsStorage) {
  const { id: datasetId } = await store.createDataset({ name: "set" });
  const item = await store.addItem({ datasetId, ...payload, externalId: "external" });
  await store.updateItem({ id: item.id, datasetId, input: { again: canary } });
  return { datasetId, item };
}

export function purgeSuite(context: DomainContext): void {
  describe("purging items", () => {
    fd("FD-136", "every row loses its content for good and keeps what identifies it", async () => {
      const store = await open(context);
      const { datasetId, item } = await seeded(store);
      await store.deleteItem({ id: item.id, datasetId });
      const before = await store.getItemHistory(item.id);
      context.clock?.advance(1000);
      await store.purgeItem({ id: item.id, datasetId });
      const after = await store.getItemHistory(item.id);
      const { metadata } = after[0] as DatasetItemRow;
      expect(metadata).toEqual({ __purged: true, purgedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) });
      if (context.clock) expect(metadata?.purgedAt).toBe(new Date(context.clock.now()).toISOString());
      expect(after).toEqual(before.map((row) => ({ ...row, ...erased, metadata })));
      expect(JSON.stringify(after)).not.toContain(canary);
      expect(await versionOf(store, datasetId)).toBe(3);

      context.clock?.advance(60_000);
      await store.purgeItem({ id: item.id, datasetId });
      expect(await store.getItemHistory(item.id)).toEqual(after);
    });

    test("a purged item cannot be changed, but deleted, and its tombstone has no content either", async () => {
      const store = await open(context);
      const { datasetId, item } = await seeded(store);
      await store.purgeItem({ id: item.id, datasetId });
      const error = await rejection(store.updateItem({ id: item.id, datasetId, input: 1 }));
      expect(error).toMatchObject({ id: "DATASET_ITEM_PURGED", details: { status: 400, itemId: item.id } });
      await store.deleteItem({ id: item.id, datasetId });
      const history = await store.getItemHistory(item.id);
      expect(history.map(({ isDeleted }) => isDeleted)).toEqual([true, false, false]);
      for (const row of history)
        expect(row).toMatchObject({ ...erased, metadata: { __purged: true }, externalId: "external" });
      expect(await store.getItemById({ id: item.id, datasetVersion: 1 })).toMatchObject(erased);
    });

    test("a caller's own mark does not protect content from a purge", async () => {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({ name: "set" });
      const metadata = { __purged: true, purgedAt: "2020-01-01T00:00:00.000Z" };
      const item = await store.addItem({ datasetId, input: canary, metadata });
      await store.updateItem({ id: item.id, datasetId, groundTruth: canary });
      await store.purgeItem({ id: item.id, datasetId });
      expect(JSON.stringify(await store.getItemHistory(item.id))).not.toContain(canary);
    });

    fd("FD-132", "results of the item, in experiments of its dataset, lose their content too", async () => {
      const { datasets, experiments } = await openBoth(context);
      const { datasetId, item } = await seeded(datasets);
      const run = await experiments.createExperiment({ datasetId, datasetVersion: 2, totalItems: 1 });
      const foreign = await experiments.createExperiment({ datasetId: "elsewhere", datasetVersion: 1, totalItems: 1 });
      const other = await datasets.addItem({ datasetId, input: "stays" });
      const result = (experimentId: string, itemId: string, attempt: number) => ({
        experimentId,
        itemId,
        attempt,
        itemDatasetVersion: 2,
        input: canary,
        output: { canary },
        groundTruth: canary,
        metadata: { canary },
        error: { message: canary, stack: canary },
        tags: [canary],
        toolMockReport: { served: [canary], unconsumed: [], liveCalls: [] },
        startedAt: new Date(1),
        completedAt: new Date(2),
        retryCount: 1,
        traceId: "trace",
        status: "reviewed",
      });
      const first = await experiments.addExperimentResult(result(run.id, item.id, 0));
      await experiments.updateExperimentResult({ id: first.id, comment: canary });
      const neighbour = await experiments.addExperimentResult(result(run.id, other.id, 0));
      const elsewhere = await experiments.addExperimentResult(result(foreign.id, item.id, 0));
      await datasets.purgeItem({ id: item.id, datasetId });

      const found = await experiments.getExperimentResultById({ id: first.id });
      const { metadata } = (await datasets.getItemById({ id: item.id })) as DatasetItemRow;
      const gone = {
        input: null,
        output: null,
        groundTruth: null,
        error: null,
        toolMockReport: null,
        tags: null,
        comment: null,
        metadata,
      };
      expect(found).toEqual({ ...first, ...gone });
      expect(await experiments.getExperimentResultById({ id: neighbour.id })).toEqual(neighbour);
      expect(await experiments.getExperimentResultById({ id: elsewhere.id })).toEqual(elsewhere);

      const late = await experiments.addExperimentResult(result(run.id, item.id, 1));
      expect(late).toEqual({ ...first, ...gone, id: late.id, attempt: 1, createdAt: late.createdAt });
      const again = await experiments.upsertExperimentResult({ ...result(run.id, item.id, 0), status: "complete" });
      expect(again).toEqual({ ...first, ...gone, status: "complete" });
      expect(await experiments.upsertExperimentResult(result(run.id, item.id, 2))).toMatchObject({
        ...gone,
        attempt: 2,
      });
      expect(
        await experiments.updateExperimentResult({
          id: first.id,
          status: "needs-review",
          tags: [canary],
          comment: canary,
        }),
      ).toMatchObject({
        ...gone,
        status: "needs-review",
      });
      const listed = await experiments.listExperimentResults({ experimentId: run.id });
      expect(JSON.stringify(listed.results.filter(({ itemId }) => itemId === item.id))).not.toContain(canary);
      expect(await experiments.getExperimentById({ id: run.id })).toMatchObject({ succeededCount: 0, datasetId });
      expect(await experiments.addExperimentResult(result(foreign.id, item.id, 1))).toMatchObject({ input: canary });

      await datasets.deleteDataset({ id: datasetId });
      expect(await experiments.upsertExperimentResult(result(run.id, item.id, 0))).toMatchObject(gone);
    });

    test("an item with many rows and results is purged on a small engine, and a reader never sees a part", async () => {
      const { datasets, experiments } = await openBoth(context, { wrap: withAtomicLimit(24) });
      const { datasetId, item } = await seeded(datasets);
      for (let n = 0; n < 40; n++) await datasets.updateItem({ id: item.id, datasetId, input: `${canary}-${n}` });
      const runs = await Promise.all(
        Array.from({ length: 3 }, () => experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 })),
      );
      const results: ExperimentResult[] = [];
      for (let n = 0; n < 60; n++) {
        const experimentId = runs[n % 3]?.id as string;
        const times = { startedAt: 1, completedAt: 2 };
        results.push(
          await experiments.addExperimentResult({ experimentId, itemId: item.id, attempt: n, input: canary, ...times }),
        );
      }
      const look = async () => {
        const history = JSON.stringify(await datasets.getItemHistory(item.id));
        const listed = await Promise.all(
          runs.map(({ id }) => experiments.listExperimentResults({ experimentId: id, pagination: { perPage: false } })),
        );
        const last = await experiments.getExperimentResultById({ id: results.at(-1)?.id as string });
        return {
          item: history.split(canary).length - 1,
          results: JSON.stringify([listed, last]).split(canary).length - 1,
        };
      };
      const full = await look();
      expect(full.results).toBe(61);
      let isDone = false;
      const purge = datasets.purgeItem({ id: item.id, datasetId }).finally(() => {
        isDone = true;
      });
      for (let wasPurged = false; ; ) {
        const wasDone = isDone;
        // Others have their turn: an engine in this process would otherwise answer for ever without them.
        await new Promise<void>((resolve) => setImmediate(resolve));
        const before = await look();
        if (wasPurged || wasDone) expect(before).toEqual({ item: 0, results: 0 });
        else expect([0, full.item]).toContain(before.item);
        if (before.item === 0) wasPurged = true;
        if (wasDone) break;
      }
      await purge;
      expect(await datasets.purgeItem({ id: item.id, datasetId })).toBeUndefined();
    });

    test("a purge that was cut off anywhere is whole for readers, and is finished by the next", async () => {
      for (let cut = 1, wasCut = true; wasCut; cut++) {
        const nth = { count: 0 };
        const small = withAtomicLimit(24);
        const { datasets, experiments } = await openBoth(context, {
          wrap: (engine) => failingWrite(nth)(small(engine)),
        });
        const { datasetId, item } = await seeded(datasets);
        for (let n = 0; n < 30; n++) await datasets.updateItem({ id: item.id, datasetId, input: canary });
        const run = await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 });
        const times = { startedAt: 1, completedAt: 2 };
        const result = { experimentId: run.id, itemId: item.id, input: canary, ...times };
        for (let attempt = 0; attempt < 30; attempt++) await experiments.addExperimentResult({ ...result, attempt });
        const content = async () =>
          JSON.stringify([
            await datasets.getItemHistory(item.id),
            await experiments.listExperimentResults({ experimentId: run.id, pagination: { perPage: false } }),
          ]).includes(canary);
        nth.count = cut;
        wasCut = (await rejection(datasets.purgeItem({ id: item.id, datasetId }))) !== undefined;
        nth.count = 0;
        if (cut > 1) {
          expect(await content(), `cut at write ${cut}`).toBe(false);
          expect(await experiments.addExperimentResult({ ...result, attempt: 99 })).toMatchObject({ input: null });
        }
        await datasets.purgeItem({ id: item.id, datasetId });
        expect(await content()).toBe(false);
        expect(cut).toBeLessThan(50);
      }
    });

    test("a purge against writers of results: when it has returned, none has content", async () => {
      const { storages, stores } = await openTwice(context);
      const { datasetId, item } = await seeded(stores[0]);
      const experiments = (await storages[1].getStore("experiments")) as Awaited<
        ReturnType<typeof openBoth>
      >["experiments"];
      const run = await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 });
      const submit = (attempt: number) =>
        experiments.upsertExperimentResult({
          experimentId: run.id,
          itemId: item.id,
          attempt,
          input: canary,
          startedAt: 1,
          completedAt: 2,
        });
      const early = Array.from({ length: 10 }, (_, n) => submit(n));
      const purge = stores[0].purgeItem({ id: item.id, datasetId });
      const late = Array.from({ length: 10 }, (_, n) => submit(n));
      await Promise.all([...early, purge, ...late]);
      const { results } = await experiments.listExperimentResults({ experimentId: run.id });
      expect(results).toHaveLength(10);
      expect(JSON.stringify(results)).not.toContain(canary);
    });

    test("a purge between the reading and the writing of others is not undone by them", async () => {
      const opened = await openInterruptible(context);
      if (!opened) return;
      const [slow, fast] = opened.datasets;
      const [experiments] = opened.experiments;
      const { datasetId, item } = await seeded(slow);
      const run = await experiments.createExperiment({ datasetId, datasetVersion: 1, totalItems: 1 });
      const times = { startedAt: 1, completedAt: 2 };
      const result = { experimentId: run.id, itemId: item.id, input: canary, ...times };
      opened.arm(() => fast.purgeItem({ id: item.id, datasetId }));
      expect(await experiments.addExperimentResult({ ...result, attempt: 0 })).toMatchObject({ input: null });

      const { item: second, datasetId: set } = await seeded(slow);
      opened.arm(() => fast.purgeItem({ id: second.id, datasetId: set }));
      expect(await rejection(slow.updateItem({ id: second.id, datasetId: set, groundTruth: 1 }))).toMatchObject({
        id: "DATASET_ITEM_PURGED",
      });
      const { item: third, datasetId: other } = await seeded(slow);
      opened.arm(() => fast.purgeItem({ id: third.id, datasetId: other }));
      await slow.deleteItem({ id: third.id, datasetId: other });
      const { item: fourth, datasetId: last } = await seeded(slow);
      opened.arm(() => fast.updateItem({ id: fourth.id, datasetId: last, groundTruth: canary }));
      await slow.purgeItem({ id: fourth.id, datasetId: last });
      for (const { id } of [second, third, fourth]) {
        expect(JSON.stringify(await fast.getItemHistory(id))).not.toContain(canary);
      }
    });

    test("a purge against updates of the item: no later row has content", async () => {
      const { stores } = await openTwice(context);
      const { datasetId, item } = await seeded(stores[0]);
      const work = Array.from({ length: 10 }, (_, n) =>
        n === 4
          ? stores[1].purgeItem({ id: item.id, datasetId })
          : rejection(stores[(n % 2) as 0 | 1].updateItem({ id: item.id, datasetId, input: canary })),
      );
      await Promise.all(work);
      const history = await stores[0].getItemHistory(item.id);
      expect(JSON.stringify(history)).not.toContain(canary);
    });
  });
}
