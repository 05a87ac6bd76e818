import type { Experiment, ListExperimentsInput } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { watching } from "../wraps.ts";
import { open, openBoth, openTwice, rejection, result, run } from "./lab.ts";

const full = {
  name: "run",
  description: "",
  metadata: { a: [0, null] },
  provenance: { source: "ci", metadata: {} },
  runnerAttestation: { runnerId: "r", invocationId: "i" },
  experimentSetId: "set",
  comparisonId: "cmp",
  variantId: "var",
  trialIndex: 0,
  datasetId: "elsewhere",
  datasetVersion: 7,
  agentVersion: "v1",
  targetType: "workflow",
  targetId: "w",
  scorerIds: [],
  totalItems: 0,
  organizationId: "o",
  projectId: "p",
};

export function runsSuite(context: DomainContext): void {
  describe("runs", () => {
    test("a new run has what was given, is pending, and its counts are 0", async () => {
      const store = await open(context);
      const made = await store.createExperiment(full);
      expect(made).toEqual({
        ...full,
        id: made.id,
        status: "pending",
        succeededCount: 0,
        failedCount: 0,
        skippedCount: 0,
        startedAt: null,
        completedAt: null,
        createdAt: made.createdAt,
        updatedAt: made.createdAt,
      });
      expect(made.createdAt).toBeInstanceOf(Date);
      if (context.clock) expect(made.createdAt.getTime()).toBe(context.clock.now());
      expect(await store.getExperimentById({ id: made.id })).toEqual(made);
    });

    test("inline runs have nulls, and absent texts are absent", async () => {
      const store = await open(context);
      const made = await store.createExperiment({
        id: "inline",
        name: null,
        datasetId: null,
        datasetVersion: null,
        targetType: null,
        targetId: null,
        totalItems: 5,
      });
      expect(made).toEqual({
        id: "inline",
        provenance: null,
        runnerAttestation: null,
        experimentSetId: null,
        comparisonId: null,
        variantId: null,
        trialIndex: null,
        datasetId: null,
        datasetVersion: null,
        targetType: null,
        targetId: null,
        scorerIds: null,
        status: "pending",
        totalItems: 5,
        succeededCount: 0,
        failedCount: 0,
        skippedCount: 0,
        agentVersion: null,
        organizationId: null,
        projectId: null,
        startedAt: null,
        completedAt: null,
        createdAt: made.createdAt,
        updatedAt: made.createdAt,
      });
      expect(await store.getExperimentById({ id: "inline" })).toEqual(made);
    });

    test("a taken id is an error, and the stored run stays as it was", async () => {
      const { stores } = await openTwice(context);
      const made = await stores[0].createExperiment(run({ id: "taken", name: "first" }));
      const error = await rejection(stores[1].createExperiment(run({ id: "taken", name: "second" })));
      expect(error).toMatchObject({ id: "EXPERIMENT_ID_CONFLICT", category: "USER", details: { status: 409 } });
      expect((error as Error).message).toContain("taken");
      expect(await stores[0].getExperimentById({ id: "taken" })).toEqual(made);
      const race = await Promise.allSettled(
        Array.from({ length: 10 }, (_, n) =>
          stores[(n % 2) as 0 | 1].createExperiment(run({ id: "race", name: `${n}` })),
        ),
      );
      expect(race.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    });

    test("tenancy is copied from the dataset where none is given, and a dataset that is not there changes nothing", async () => {
      const { datasets, experiments } = await openBoth(context);
      const dataset = await datasets.createDataset({ name: "set", organizationId: "o", projectId: "p" });
      const of = (changes: object) =>
        experiments.createExperiment(run({ datasetId: dataset.id, datasetVersion: 0, ...changes }));
      expect(await of({})).toMatchObject({ organizationId: "o", projectId: "p" });
      expect(await of({ organizationId: "mine" })).toMatchObject({ organizationId: "mine", projectId: "p" });
      expect(await of({ organizationId: "mine", projectId: "own" })).toMatchObject({
        organizationId: "mine",
        projectId: "own",
      });
      expect(await of({ datasetId: "unknown" })).toMatchObject({
        organizationId: null,
        projectId: null,
        datasetId: "unknown",
      });
      expect(await of({ datasetId: null })).toMatchObject({ organizationId: null, projectId: null });
      expect(await of({ datasetVersion: 1_000_000 })).toMatchObject({ datasetVersion: 1_000_000 });
    });

    test("an update sets what is given, absolutely, and leaves the rest", async () => {
      const store = await open(context);
      const made = await store.createExperiment(full);
      context.clock?.advance(1000);
      const started = new Date(Date.UTC(2026, 0, 1, 1, 2, 3, 456));
      const running = await store.updateExperiment({
        id: made.id,
        status: "running",
        startedAt: started,
        totalItems: 9,
        succeededCount: 4,
      });
      expect(running).toEqual({
        ...made,
        status: "running",
        startedAt: started,
        totalItems: 9,
        succeededCount: 4,
        updatedAt: running.updatedAt,
      });
      expect(running.updatedAt.getTime()).toBeGreaterThan(made.updatedAt.getTime());
      expect(await store.getExperimentById({ id: made.id })).toEqual(running);
      const done = await store.updateExperiment({
        id: made.id,
        status: "completed",
        succeededCount: 2,
        failedCount: 0,
        skippedCount: 7,
        completedAt: started.toISOString(),
        metadata: {},
        name: null,
        description: "new",
        startedAt: null,
        totalItems: null,
      });
      expect(done).toEqual({
        ...running,
        status: "completed",
        succeededCount: 2,
        skippedCount: 7,
        completedAt: started,
        metadata: {},
        description: "new",
        updatedAt: done.updatedAt,
      });
      expect(await store.updateExperiment({ id: made.id, status: "failed" })).toMatchObject({ status: "failed" });
      const touched = await store.updateExperiment({ id: made.id });
      expect(touched.updatedAt.getTime()).toBeGreaterThanOrEqual(done.updatedAt.getTime());
      const fixed = {
        datasetId: "x",
        datasetVersion: 1,
        targetId: "x",
        organizationId: "x",
        experimentSetId: "x",
        createdAt: 1,
        agentVersion: "x",
      };
      expect(await store.updateExperiment({ id: made.id, ...fixed } as never)).toMatchObject(
        full.datasetId
          ? {
              datasetId: full.datasetId,
              targetId: "w",
              organizationId: "o",
              experimentSetId: "set",
              agentVersion: "v1",
            }
          : {},
      );
    });

    fd("FD-006", "parallel updates of different fields all stay", async () => {
      const { stores } = await openTwice(context);
      const { id } = await stores[0].createExperiment(run());
      const changes = [
        { status: "running" },
        { succeededCount: 1 },
        { failedCount: 2 },
        { skippedCount: 3 },
        { totalItems: 4 },
        { name: "n" },
      ];
      await Promise.all(changes.map((change, n) => stores[(n % 2) as 0 | 1].updateExperiment({ id, ...change })));
      expect(await stores[0].getExperimentById({ id })).toMatchObject(Object.assign({}, ...changes));
    });

    test("what is not there: null, an error, or nothing to do", async () => {
      const store = await open(context);
      for (const id of ["unknown", "", "a\0b"]) {
        expect(await store.getExperimentById({ id })).toBeNull();
        await store.deleteExperiment({ id });
        await store.deleteExperimentResults({ experimentId: id });
        for (const call of [
          () => store.updateExperiment({ id, status: "running" }),
          () => store.addExperimentResult(result(id)),
          () => store.upsertExperimentResult(result(id)),
        ]) {
          const error = await rejection(call());
          expect(error).toMatchObject({ id: "EXPERIMENT_NOT_FOUND", details: { status: 404 } });
          expect((error as Error).message).toContain(`Experiment not found: ${id}`);
        }
        expect((await store.listExperimentResults({ experimentId: id })).pagination.total).toBe(0);
      }
      expect(await store.getReviewSummary()).toEqual([]);
    });

    test("bad values are refused", async () => {
      const store = await open(context);
      const { id } = await store.createExperiment(run());
      for (const change of [
        { id: "" },
        { id: {} },
        { id: "a\0" },
        { totalItems: -1 },
        { totalItems: 1.5 },
        { totalItems: "3" },
        { trialIndex: -1 },
        { datasetVersion: 0.5 },
        { datasetId: {} },
        { targetId: 5 },
        { scorerIds: "x" },
        { metadata: [] },
        { provenance: "x" },
        { organizationId: {} },
      ]) {
        expect(await rejection(store.createExperiment(run(change as never))), JSON.stringify(change)).toMatchObject({
          category: "USER",
          details: { status: 400 },
        });
      }
      for (const change of [
        { succeededCount: -1 },
        { totalItems: Number.NaN },
        { startedAt: "yesterday" },
        { completedAt: {} },
        { status: 5 },
        { metadata: "x" },
      ]) {
        expect(
          await rejection(store.updateExperiment({ id, ...change } as never)),
          JSON.stringify(change),
        ).toMatchObject({
          category: "USER",
          details: { status: 400 },
        });
      }
      for (const bad of [{}, ["x"], 5]) {
        expect(await rejection(store.getExperimentById({ id: bad as never }))).toMatchObject({ category: "USER" });
        expect(await rejection(store.updateExperiment({ id: bad as never }))).toMatchObject({ category: "USER" });
        expect(await rejection(store.deleteExperiment({ id: bad as never }))).toMatchObject({ category: "USER" });
      }
    });

    test("creation and progress are one request and two", async () => {
      const { calls, wrap } = watching();
      const store = await open(context, { wrap });
      calls.clear();
      const { id } = await store.createExperiment(run({ id: "x" }));
      expect([calls.reads.length, calls.writes.length]).toEqual([0, 1]);
      await store.updateExperiment({ id, status: "running" });
      calls.clear();
      await store.updateExperiment({ id, succeededCount: 1 });
      expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
      calls.clear();
      await store.addExperimentResult(result(id));
      expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
      calls.clear();
      await store.upsertExperimentResult(result(id, { attempt: 1 }));
      expect([calls.reads.length, calls.writes.length]).toEqual([1, 1]);
      calls.clear();
      await store.listExperimentResults({ experimentId: id, pagination: { page: 0, perPage: 100 } });
      await store.listExperiments();
      await store.getReviewSummary();
      expect(calls.count()).toBe(3);
    });
  });

  describe("lists of runs", () => {
    async function seeded() {
      const store = await open(context);
      const made: Experiment[] = [];
      for (const [n, changes] of [
        {
          datasetId: "d1",
          targetType: "agent",
          targetId: "t1",
          experimentSetId: "s",
          comparisonId: "c1",
          trialIndex: 0,
        },
        {
          datasetId: "d1",
          targetType: "agent",
          targetId: "t2",
          experimentSetId: "s",
          comparisonId: "c2",
          variantId: "v",
          trialIndex: 1,
          organizationId: "o",
        },
        {
          datasetId: "d2",
          targetType: "workflow",
          targetId: "t1",
          agentVersion: "7",
          organizationId: "o",
          projectId: "p",
        },
        { datasetId: null, targetType: null, targetId: null, experimentSetId: "", projectId: "p" },
      ].entries()) {
        if (n !== 2) context.clock?.advance(1000);
        made.push(await store.createExperiment(run({ name: `${n}`, ...changes })));
      }
      await store.updateExperiment({ id: made[1]?.id as string, status: "running" });
      await store.updateExperiment({ id: made[2]?.id as string, status: "completed" });
      return { store, made };
    }
    const names = (list: Experiment[]) => list.map(({ name }) => name as string).sort();

    test.each<[args: Partial<ListExperimentsInput>, found: string[]]>([
      [{}, ["0", "1", "2", "3"]],
      [{ datasetId: "d1" }, ["0", "1"]],
      [{ datasetId: "" }, ["0", "1", "2", "3"]],
      [{ datasetId: "a\0" }, []],
      [{ datasetId: "d1", targetId: "t2" }, ["1"]],
      [{ targetType: "agent" }, ["0", "1"]],
      [{ targetType: "agent", targetId: "t1" }, ["0"]],
      [{ targetId: "t1" }, ["0", "2"]],
      [{ agentVersion: "7" }, ["2"]],
      [{ status: "pending" }, ["0", "3"]],
      [{ status: "running", datasetId: "d1" }, ["1"]],
      [{ status: "", targetType: "", targetId: "", agentVersion: "" }, ["0", "1", "2", "3"]],
      [{ experimentSetId: "s" }, ["0", "1"]],
      [{ experimentSetId: "" }, ["3"]],
      [{ experimentSetId: "s", comparisonId: "c2" }, ["1"]],
      [{ comparisonId: "c1" }, ["0"]],
      [{ variantId: "v" }, ["1"]],
      [{ trialIndex: 0 }, ["0"]],
      [{ experimentSetId: "s", comparisonId: "c2", variantId: "v", trialIndex: 1 }, ["1"]],
      [{ filters: { organizationId: "o" } }, ["1", "2"]],
      [{ filters: { organizationId: "o", projectId: "p" } }, ["2"]],
      [{ filters: { projectId: "p" } }, ["2", "3"]],
      [{ filters: { organizationId: "" } }, []],
      [{ filters: {}, status: "completed" }, ["2"]],
    ])("filter %j", async (args, found) => {
      const { store } = await seeded();
      for (const field of ["createdAt", "status"] as const) {
        const { experiments, pagination } = await store.listExperiments({ ...args, orderBy: { field } });
        expect(names(experiments)).toEqual(found);
        expect(pagination).toEqual({ total: found.length, page: 0, perPage: 100, hasMore: false });
      }
    });

    test("default order and the others, exactly reversed", async () => {
      const { store } = await seeded();
      const order = async (args: object) => (await store.listExperiments(args)).experiments.map(({ name }) => name);
      if (context.clock) expect(await order({})).toEqual(["3", "2", "1", "0"]);
      expect(await order({ orderBy: { field: "status", direction: "ASC" } })).toEqual(["2", "0", "3", "1"]);
      for (const field of ["createdAt", "status"]) {
        for (const filter of [{}, { datasetId: "d1" }]) {
          const up = await order({ ...filter, orderBy: { field, direction: "ASC" } });
          expect(await order({ ...filter, orderBy: { field, direction: "DESC" } })).toEqual(up.toReversed());
        }
      }
    });

    fd("FD-040", "pages over equal times and statuses have each run once, by number and by cursor", async () => {
      const store = await open(context);
      for (let n = 0; n < 13; n++) await store.createExperiment(run({ datasetId: "d" }));
      for (const field of ["createdAt", "status"] as const) {
        const ids: string[] = [];
        const byCursor: string[] = [];
        let after: string | undefined;
        for (let page = 0; page < 4; page++) {
          const args = { datasetId: "d", orderBy: { field } };
          const paged = await store.listExperiments({ ...args, pagination: { page, perPage: 4 } });
          expect(paged.pagination).toEqual({ total: 13, page, perPage: 4, hasMore: page < 3 });
          ids.push(...paged.experiments.map(({ id }) => id));
          const next = await store.listExperiments({
            ...args,
            pagination: { perPage: 4 },
            ...(after !== undefined && { after }),
          });
          byCursor.push(...next.experiments.map(({ id }) => id));
          after = next.nextCursor;
        }
        expect(ids).toEqual([...new Set(ids)].sort().reverse());
        expect(byCursor).toEqual(ids);
        expect(after).toBeUndefined();
      }
      expect(await store.listExperiments({ pagination: { page: 7, perPage: 4 } })).toEqual({
        experiments: [],
        pagination: { total: 13, page: 7, perPage: 4, hasMore: false },
      });
      expect((await store.listExperiments({ pagination: { perPage: 0 } })).pagination).toEqual({
        total: 13,
        page: 0,
        perPage: 0,
        hasMore: false,
      });
    });

    test("bad pages, orders and filters are refused, also where nothing would be found", async () => {
      const store = await open(context);
      for (const [args, words] of [
        [{ pagination: { page: -1 } }, "page must be >= 0"],
        [{ pagination: { page: 0, perPage: 2.5 } }, "perPage must be >= 0"],
        [{ orderBy: { field: "updatedAt" } }, "orderBy.field"],
        [{ orderBy: { field: "valueOf" } }, "orderBy.field"],
        [{ orderBy: { direction: "desc" } }, "orderBy.direction"],
        [{ filters: { organizationId: [] } }, "organizationId"],
        [{ filters: null }, "filters"],
        [{ datasetId: {} }, "datasetId"],
        [{ trialIndex: "0" }, "trialIndex"],
        [{ trialIndex: null }, "trialIndex"],
        [{ experimentSetId: null }, "experimentSetId"],
      ] as const) {
        const error = await rejection(store.listExperiments(args as never));
        expect(error, JSON.stringify(args)).toMatchObject({ category: "USER", details: { status: 400 } });
        expect((error as Error).message).toContain(words);
      }
    });
  });

  describe("tenancy of runs", () => {
    fd("FD-053", "a run out of scope is one that does not exist", async () => {
      const store = await open(context);
      const made = await store.createExperiment(run({ organizationId: "o", projectId: "p" }));
      const kept = await store.addExperimentResult(result(made.id));
      for (const filters of [
        { organizationId: "x" },
        { projectId: "x" },
        { organizationId: "o", projectId: "x" },
        { organizationId: "" },
      ]) {
        expect(await store.getExperimentById({ id: made.id, filters })).toBeNull();
        expect(await store.getExperimentResultById({ id: kept.id, filters })).toBeNull();
        expect((await store.listExperimentResults({ experimentId: made.id, filters })).pagination.total).toBe(0);
        expect(await store.getReviewSummary({ filters })).toEqual([]);
        await store.deleteExperimentResults({ experimentId: made.id, filters });
        await store.deleteExperiment({ id: made.id, filters });
      }
      expect(await store.getExperimentById({ id: made.id })).toEqual(made);
      expect(await store.getExperimentResultById({ id: kept.id })).toEqual(kept);
      for (const filters of [null, "x", { organizationId: null }, { projectId: 1 }] as never[]) {
        for (const call of [
          () => store.getExperimentById({ id: made.id, filters }),
          () => store.getExperimentResultById({ id: kept.id, filters }),
          () => store.listExperimentResults({ experimentId: made.id, filters }),
          () => store.getReviewSummary({ filters }),
          () => store.deleteExperimentResults({ experimentId: made.id, filters }),
          () => store.deleteExperiment({ id: made.id, filters }),
        ]) {
          expect(await rejection(call()), String(call)).toMatchObject({ category: "USER" });
        }
      }
      const own = { organizationId: "o", projectId: "p" };
      expect(await store.getExperimentResultById({ id: kept.id, filters: own })).toEqual(kept);
      await store.deleteExperimentResults({ experimentId: made.id, filters: own });
      expect(await store.getExperimentResultById({ id: kept.id })).toBeNull();
      await store.deleteExperiment({ id: made.id, filters: own });
      expect(await store.getExperimentById({ id: made.id })).toBeNull();
    });
  });
}
