import type { ExperimentsStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { failingWrite, withAtomicLimit } from "../wraps.ts";
import { allResults, open, openBoth, openInterruptible, openTwice, rejection, result, run } from "./lab.ts";

/** What the smallest engine takes in one batch. */
const small = withAtomicLimit(24);

async function filled(store: ExperimentsStorage, id: string, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) ids.push((await store.addExperimentResult(result(id, { itemId: `${n}` }))).id);
  return ids;
}

export function removalSuite(context: DomainContext): void {
  describe("removing runs and results", () => {
    fd("FD-139", "a run goes with all its results, and nothing of another", async () => {
      const store = await open(context, { wrap: small });
      const { id } = await store.createExperiment(run({ id: "run" }));
      const other = await store.createExperiment(run());
      const ids = await filled(store, id, 60);
      const kept = await store.addExperimentResult(result(other.id));
      await store.deleteExperiment({ id });
      await store.deleteExperiment({ id });
      expect(await store.getExperimentById({ id })).toBeNull();
      expect(await allResults(store, id)).toEqual([]);
      for (const one of [ids[0], ids[59]])
        expect(await store.getExperimentResultById({ id: one as string })).toBeNull();
      expect((await store.getReviewSummary()).map(({ experimentId }) => experimentId)).toEqual([other.id]);
      expect(await store.getExperimentResultById({ id: kept.id })).toEqual(kept);
      const again = await store.createExperiment(run({ id }));
      expect(await allResults(store, again.id)).toEqual([]);
    });

    test("results go without their run, and new ones may come", async () => {
      const store = await open(context, { wrap: small });
      const made = await store.createExperiment(run());
      await filled(store, made.id, 40);
      await store.deleteExperimentResults({ experimentId: made.id });
      expect(await allResults(store, made.id)).toEqual([]);
      expect(await store.getExperimentById({ id: made.id })).toEqual(made);
      const next = await store.addExperimentResult(result(made.id, { itemId: "0" }));
      expect(await allResults(store, made.id)).toEqual([next]);
    });

    test("for a reader all results go at once", async () => {
      const store = await open(context, { wrap: small });
      const { id } = await store.createExperiment(run());
      const ids = await filled(store, id, 80);
      let isDone = false;
      const work = store.deleteExperiment({ id }).finally(() => {
        isDone = true;
      });
      for (let last = false; !last; ) {
        last = isDone;
        await turn();
        const { results, pagination } = await store.listExperimentResults({ experimentId: id });
        expect([0, 80]).toContain(results.length);
        expect(pagination.total).toBe(results.length);
        const [summary] = await store.getReviewSummary();
        if (results.length === 0) {
          expect(summary).toBeUndefined();
          for (const one of [ids[0], ids[79]])
            expect(await store.getExperimentResultById({ id: one as string })).toBeNull();
        } else if (summary) expect(summary.total).toBe(80);
      }
      await work;
    });

    test("a removal cut off anywhere is whole, or has not begun; the next call finishes it", async () => {
      for (const whole of [true, false]) {
        for (let cut = 1, wasCut = true; wasCut; cut++) {
          const nth = { count: 0 };
          const store = await open(context, { wrap: (engine) => failingWrite(nth)(small(engine)) });
          const { id } = await store.createExperiment(run({ id: "run" }));
          const ids = await filled(store, id, 50);
          nth.count = cut;
          wasCut =
            (await rejection(
              whole ? store.deleteExperiment({ id }) : store.deleteExperimentResults({ experimentId: id }),
            )) !== undefined;
          nth.count = 0;
          const left = await allResults(store, id);
          expect(left.length).toBe(cut === 1 && wasCut ? 50 : 0);
          expect((await store.getExperimentById({ id })) === null).toBe(whole && left.length === 0);
          if (left.length === 0) {
            for (const one of [ids[0], ids[49]]) {
              expect(await store.getExperimentResultById({ id: one as string })).toBeNull();
              expect(
                await rejection(store.updateExperimentResult({ id: one as string, status: "reviewed" })),
              ).toMatchObject({
                id: "EXPERIMENT_RESULT_NOT_FOUND",
              });
            }
            if (whole) await store.createExperiment(run({ id }));
            const next = await store.upsertExperimentResult(result(id, { itemId: "0" }));
            expect(ids).not.toContain(next.id);
            expect(await allResults(store, id)).toEqual([next]);
            expect(await store.getReviewSummary()).toMatchObject([{ total: 1 }]);
          }
          expect(cut).toBeLessThan(50);
        }
      }
    });

    test("a run that is deleted between the reading and the writing of a worker gets no result", async () => {
      const opened = await openInterruptible(context);
      if (!opened) return;
      const [slow, fast] = opened.experiments;
      for (const write of ["addExperimentResult", "upsertExperimentResult"] as const) {
        const { id } = await slow.createExperiment(run());
        opened.arm(() => fast.deleteExperiment({ id }));
        expect(await rejection(slow[write](result(id)))).toMatchObject({ id: "EXPERIMENT_NOT_FOUND" });
        expect(await fast.getReviewSummary()).toEqual([]);
      }
      const { id } = await slow.createExperiment(run());
      const first = await slow.upsertExperimentResult(result(id));
      opened.arm(() => fast.deleteExperimentResults({ experimentId: id }));
      const again = await slow.upsertExperimentResult(result(id));
      expect(again.id).not.toBe(first.id);
      expect(await allResults(fast, id)).toEqual([again]);
    });

    test("the deletion of a dataset detaches its runs, and keeps their results and times", async () => {
      const { datasets, experiments } = await openBoth(context);
      const dataset = await datasets.createDataset({ name: "set", organizationId: "o" });
      const item = await datasets.addItem({ datasetId: dataset.id, input: 1 });
      const attached = await experiments.createExperiment(run({ datasetId: dataset.id, datasetVersion: 1 }));
      const foreign = await experiments.createExperiment(run({ datasetId: "elsewhere", datasetVersion: 2 }));
      const kept = await experiments.addExperimentResult(result(attached.id, { itemId: item.id, traceId: "t" }));
      context.clock?.advance(1000);
      await datasets.deleteDataset({ id: dataset.id });
      expect(await experiments.getExperimentById({ id: attached.id })).toEqual({
        ...attached,
        datasetId: null,
        datasetVersion: null,
      });
      expect(await experiments.getExperimentById({ id: foreign.id })).toEqual(foreign);
      expect(await experiments.getExperimentResultById({ id: kept.id })).toEqual(kept);
      expect(await experiments.addExperimentResult(result(attached.id, { itemId: item.id, attempt: 1 }))).toMatchObject(
        { organizationId: "o" },
      );
      expect((await experiments.listExperiments({ datasetId: dataset.id })).experiments).toEqual([]);
    });

    test("clearing removes all of this domain, and nothing of datasets", async () => {
      const { datasets, experiments } = await openBoth(context);
      const dataset = await datasets.createDataset({ name: "set" });
      const made = await experiments.createExperiment(run({ datasetId: dataset.id }));
      const one = await experiments.addExperimentResult(result(made.id));
      await experiments.dangerouslyClearAll();
      expect((await experiments.listExperiments()).pagination.total).toBe(0);
      expect(await experiments.getExperimentResultById({ id: one.id })).toBeNull();
      expect(await experiments.getReviewSummary()).toEqual([]);
      expect(await datasets.getDatasetById({ id: dataset.id })).toEqual(dataset);
    });
  });

  describe("pruning", () => {
    /** Runs completed at 0, 1, 2, … days before now, with two results each, and one that is not completed. */
    async function aged(store: ExperimentsStorage, count: number) {
      const now = context.clock?.now() ?? Date.now();
      const ids: string[] = [];
      for (let n = 0; n < count; n++) {
        const { id } = await store.createExperiment(run({ name: `${n}` }));
        await store.updateExperiment({ id, completedAt: new Date(now - n * 86_400_000) });
        await filled(store, id, 2);
        ids.push(id);
      }
      const open = await store.createExperiment(run({ name: "open" }));
      return { ids, open };
    }
    const names = async (store: ExperimentsStorage) =>
      (await store.listExperiments({ pagination: { perPage: false } })).experiments.map(({ name }) => name).sort();
    const outcome = (runs: number, results: number, done: boolean) => [
      { domain: "experiments", table: "mastra_experiment_results", deleted: results, done },
      { domain: "experiments", table: "mastra_experiments", deleted: runs, done },
    ];

    test("completed runs strictly older than the policy go with their results", async () => {
      const store = await open(context);
      const { ids } = await aged(store, 6);
      // Half a day, so that a clock that runs on cannot matter.
      const policy = { experiments: { maxAge: "60h" as const } };
      expect(await store.prune(policy, { dryRun: true })).toEqual(outcome(3, 6, true));
      expect(await names(store)).toHaveLength(7);
      expect(await store.prune(policy)).toEqual(outcome(3, 6, true));
      expect(await names(store)).toEqual(["0", "1", "2", "open"]);
      expect(await allResults(store, ids[5] as string)).toEqual([]);
      expect(await allResults(store, ids[2] as string)).toHaveLength(2);
      expect(await store.prune(policy)).toEqual(outcome(0, 0, true));
      expect(await store.prune({})).toEqual([]);
      expect(await store.prune({ other: { maxAge: 0 } })).toEqual([]);
    });

    test("bounds count runs; an abort gives what was done so far", async () => {
      const store = await open(context, { wrap: small });
      await aged(store, 8);
      const policy = { experiments: { maxAge: "36h" as const, batchSize: 2 } };
      expect(await store.prune(policy, { maxBatches: 1 })).toEqual(outcome(2, 4, false));
      expect(await store.prune(policy, { maxRows: 1 })).toEqual(outcome(1, 2, false));
      expect(await store.prune(policy, { signal: AbortSignal.abort() })).toEqual(outcome(0, 0, false));
      expect(await store.prune(policy)).toEqual(outcome(3, 6, true));
      expect(await names(store)).toEqual(["0", "1", "open"]);
    });

    test("many runs on an engine with small batches", async () => {
      const store = await open(context, { wrap: small });
      await aged(store, 30);
      expect(await store.prune({ experiments: { maxAge: "12h" } })).toEqual(outcome(29, 58, true));
      expect(await names(store)).toEqual(["0", "open"]);
    });

    test("a run that is taken up again meanwhile stays", async () => {
      const opened = await openInterruptible(context);
      if (!opened) return;
      const [slow, fast] = opened.experiments;
      const { ids } = await aged(slow, 3);
      const now = new Date(context.clock?.now() ?? Date.now());
      opened.arm(() => fast.updateExperiment({ id: ids[2] as string, completedAt: now }));
      expect(await slow.prune({ experiments: { maxAge: "12h" } })).toEqual(outcome(1, 2, true));
      expect(await allResults(fast, ids[2] as string)).toHaveLength(2);
      expect(await names(fast)).toEqual(["0", "2", "open"]);
    });

    test("pruning against workers: no result without its run", async () => {
      const { stores } = await openTwice(context);
      const { ids } = await aged(stores[0], 3);
      const writes = Array.from({ length: 10 }, (_, n) =>
        rejection(stores[1].addExperimentResult(result(ids[1 + (n % 2)] as string, { itemId: `late-${n}` }))),
      );
      await stores[0].prune({ experiments: { maxAge: "12h" } });
      await Promise.all(writes);
      expect((await stores[0].getReviewSummary()).map(({ experimentId }) => experimentId)).toEqual([ids[0]]);
    });
  });
}

/** Lets others have their turn: an engine in this process would otherwise answer for ever without them. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
