import type { ExperimentResult } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { allResults, open, openTwice, rejection, result, run, withRun } from "./lab.ts";

export function resultsSuite(context: DomainContext): void {
  describe("results", () => {
    const full = {
      itemId: "i",
      itemDatasetVersion: 3,
      input: { q: [] },
      output: 0,
      groundTruth: "",
      metadata: {},
      error: { message: "m", stack: "s", code: "c" },
      startedAt: new Date(Date.UTC(2026, 1, 3, 4, 5, 6, 789)),
      completedAt: new Date(Date.UTC(2026, 1, 3, 4, 5, 7, 1)),
      retryCount: 2,
      attempt: 1,
      traceId: "t",
      status: "needs-review",
      tags: [],
      toolMockReport: { served: [], unconsumed: 1, liveCalls: null, failure: "f" },
      organizationId: "o",
      projectId: "p",
    };

    test("a result has what was given", async () => {
      const { store, experimentId } = await withRun(context);
      const made = await store.addExperimentResult({ ...full, experimentId });
      expect(made).toEqual({ ...full, experimentId, id: made.id, comment: null, createdAt: made.createdAt });
      expect(made.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      if (context.clock) expect(made.createdAt.getTime()).toBe(context.clock.now());
      expect(await store.getExperimentResultById({ id: made.id })).toEqual(made);
      expect(await allResults(store, experimentId)).toEqual([made]);
      const before = await store.getExperimentById({ id: experimentId });
      expect(before).toMatchObject({ succeededCount: 0, failedCount: 0 });
    });

    test("what is not given is null, the attempt 0, the tenancy the run's", async () => {
      const store = await open(context);
      const { id: experimentId } = await store.createExperiment(run({ organizationId: "ro", projectId: "rp" }));
      const made = await store.addExperimentResult({
        id: "mine",
        experimentId,
        itemId: "any string é😀",
        input: undefined,
        startedAt: "2026-02-03T04:05:06.789Z",
        completedAt: 1,
      } as never);
      expect(made).toEqual({
        id: "mine",
        experimentId,
        itemId: "any string é😀",
        itemDatasetVersion: null,
        input: null,
        output: null,
        groundTruth: null,
        metadata: null,
        error: null,
        startedAt: new Date("2026-02-03T04:05:06.789Z"),
        completedAt: new Date(1),
        retryCount: 0,
        attempt: 0,
        traceId: null,
        status: null,
        tags: null,
        comment: null,
        toolMockReport: null,
        organizationId: "ro",
        projectId: "rp",
        createdAt: made.createdAt,
      });
      expect(await store.getExperimentResultById({ id: "mine" })).toEqual(made);
    });

    fd("FD-069", "falsy, empty and odd values come back as they are", async () => {
      const { store, experimentId } = await withRun(context);
      const values = [
        0,
        false,
        "",
        "null",
        [],
        {},
        "[1]",
        "10.50",
        JSON.parse('{"__proto__":1,"":{"$a.b":null}}'),
        ["a\0b", "\ud800"],
        1e308,
      ];
      for (const [attempt, value] of values.entries()) {
        const made = await store.addExperimentResult(
          result(experimentId, { attempt, input: value, output: value, groundTruth: value }),
        );
        expect([made.input, made.output, made.groundTruth]).toEqual([value, value, value]);
        expect(await store.getExperimentResultById({ id: made.id })).toEqual(made);
      }
      const circle: Record<string, unknown> = { at: new Date(0), big: 12345678901234567890n, f() {}, gone: undefined };
      circle.self = circle;
      const made = await store.addExperimentResult(result(experimentId, { attempt: 99, output: circle }));
      expect(made.output).toEqual({ at: "1970-01-01T00:00:00.000Z", big: "12345678901234567890", self: "[Circular]" });
      expect(await store.getExperimentResultById({ id: made.id })).toEqual(made);
    });

    test("what was returned is not what is stored", async () => {
      const { store, experimentId } = await withRun(context);
      const output = { list: [1] };
      const made = await store.addExperimentResult(result(experimentId, { output, tags: ["a"] }));
      output.list.push(2);
      (made.output as typeof output).list.push(3);
      made.tags?.push("b");
      expect(await store.getExperimentResultById({ id: made.id })).toMatchObject({
        output: { list: [1] },
        tags: ["a"],
      });
    });

    test("a taken id, and a taken attempt at an item, are conflicts", async () => {
      const { store, experimentId } = await withRun(context);
      const other = await store.createExperiment(run());
      const made = await store.addExperimentResult(result(experimentId, { id: "one" }));
      for (const again of [
        result(experimentId, { id: "one", itemId: "else" }),
        result(other.id, { id: "one" }),
        result(experimentId, { id: "two" }),
        result(experimentId, { attempt: 0, output: "new" }),
      ]) {
        const error = await rejection(store.addExperimentResult(again));
        expect(error).toMatchObject({ id: "EXPERIMENT_RESULT_CONFLICT", category: "USER", details: { status: 409 } });
      }
      expect(await allResults(store, experimentId)).toEqual([made]);
      await store.addExperimentResult(result(experimentId, { attempt: 1 }));
      await store.addExperimentResult(result(other.id));
      expect(await allResults(store, experimentId)).toHaveLength(2);
    });

    test("bad values are refused", async () => {
      const { store, experimentId } = await withRun(context);
      for (const change of [
        { id: "" },
        { id: 5 },
        { id: "a\0" },
        { itemId: "" },
        { itemId: {} },
        { itemId: "a\0" },
        { attempt: -1 },
        { attempt: 0.5 },
        { attempt: "1" },
        { retryCount: -1 },
        { itemDatasetVersion: 1.5 },
        { startedAt: undefined },
        { startedAt: "soon" },
        { completedAt: new Date(Number.NaN) },
        { traceId: {} },
        { status: 1 },
        { tags: "x" },
        { tags: [1] },
        { metadata: [] },
        { error: "failed" },
        { organizationId: 1 },
      ]) {
        const error = await rejection(store.addExperimentResult(result(experimentId, change as never)));
        expect(error, JSON.stringify(change)).toMatchObject({ category: "USER", details: { status: 400 } });
      }
      for (const bad of [{}, ["x"], 7]) {
        expect(await rejection(store.addExperimentResult(result(bad as never)))).toMatchObject({ category: "USER" });
        expect(await rejection(store.getExperimentResultById({ id: bad as never }))).toMatchObject({
          category: "USER",
        });
        expect(await rejection(store.listExperimentResults({ experimentId: bad as never }))).toMatchObject({
          category: "USER",
        });
      }
      expect(await allResults(store, experimentId)).toEqual([]);
    });

    test("a worker that comes after the deletion of its run leaves nothing", async () => {
      const { stores } = await openTwice(context);
      const { id } = await stores[0].createExperiment(run());
      const writes = Array.from({ length: 12 }, (_, n) => {
        const store = stores[(n % 2) as 0 | 1];
        return rejection(
          n % 3
            ? store.addExperimentResult(result(id, { itemId: `${n}` }))
            : store.upsertExperimentResult(result(id, { itemId: `${n}` })),
        );
      });
      await stores[1].deleteExperiment({ id });
      for (const error of await Promise.all(writes))
        if (error) expect(error).toMatchObject({ id: "EXPERIMENT_NOT_FOUND" });
      expect(await allResults(stores[0], id)).toEqual([]);
      expect(await stores[0].getReviewSummary()).toEqual([]);
      await stores[0].createExperiment(run({ id }));
      expect(await allResults(stores[0], id)).toEqual([]);
    });
  });

  describe("submissions of an attempt", () => {
    fd("FD-038", "a new submission replaces all but id, creation and comment; attempts stay apart", async () => {
      const { store, experimentId } = await withRun(context);
      const first = await store.upsertExperimentResult(
        result(experimentId, {
          tags: ["t"],
          status: "reviewed",
          metadata: { a: 1 },
          traceId: "t1",
          error: { message: "m" },
          itemDatasetVersion: 4,
        }),
      );
      await store.updateExperimentResult({ id: first.id, comment: "looked at", tags: ["u"] });
      const second = await store.upsertExperimentResult(result(experimentId, { attempt: 1, output: "other" }));
      context.clock?.advance(1000);
      const again = await store.upsertExperimentResult(
        result(experimentId, { output: "better", startedAt: new Date(5), retryCount: 7, attempt: null }),
      );
      expect(again).toEqual({
        ...first,
        output: "better",
        startedAt: new Date(5),
        retryCount: 7,
        tags: null,
        status: null,
        metadata: null,
        traceId: null,
        error: null,
        itemDatasetVersion: null,
        comment: "looked at",
      });
      expect(await store.getExperimentResultById({ id: first.id })).toEqual(again);
      expect(await allResults(store, experimentId)).toEqual([again, second]);
      expect(await store.upsertExperimentResult({ ...result(experimentId), id: "ignored" } as never)).toMatchObject({
        id: first.id,
      });
      expect(await rejection(store.addExperimentResult(result(experimentId)))).toMatchObject({
        id: "EXPERIMENT_RESULT_CONFLICT",
      });
    });

    test("an id given by addExperimentResult is kept by a submission", async () => {
      const { store, experimentId } = await withRun(context);
      await store.addExperimentResult(result(experimentId, { id: "mine", attempt: 3 }));
      expect(await store.upsertExperimentResult(result(experimentId, { attempt: 3, output: 1 }))).toMatchObject({
        id: "mine",
        output: 1,
      });
    });

    test("any number of submissions of one attempt end in one result, and none of them fails", async () => {
      const { stores } = await openTwice(context);
      const { id } = await stores[0].createExperiment(run());
      const made = await Promise.all(
        Array.from({ length: 24 }, (_, n) =>
          stores[(n % 2) as 0 | 1].upsertExperimentResult(result(id, { output: n })),
        ),
      );
      expect(new Set(made.map((one) => one.id)).size).toBe(1);
      const [left, ...others] = await allResults(stores[1], id);
      expect(others).toEqual([]);
      expect(made).toContainEqual(left);
    });

    test("many workers write many items", async () => {
      const { stores, datasets } = await openTwice(context);
      const dataset = await datasets.createDataset({ name: "set", organizationId: "o" });
      const items = await datasets.batchInsertItems({
        datasetId: dataset.id,
        items: Array.from({ length: 10 }, (_, n) => ({ input: n })),
      });
      const { id } = await stores[0].createExperiment(run({ datasetId: dataset.id, datasetVersion: 1 }));
      await Promise.all(
        items.flatMap((item, n) => [
          stores[(n % 2) as 0 | 1].upsertExperimentResult(result(id, { itemId: item.id, attempt: 0 })),
          stores[(n % 2) as 0 | 1].addExperimentResult(result(id, { itemId: item.id, attempt: 1 })),
          datasets.updateItem({ id: item.id, datasetId: dataset.id, input: "changed" }),
        ]),
      );
      const results = await allResults(stores[0], id);
      expect(results).toHaveLength(20);
      expect(results.every(({ organizationId }) => organizationId === "o")).toBe(true);
    });
  });

  describe("reviews", () => {
    test("undefined leaves, null clears, an empty list is kept", async () => {
      const { store, experimentId } = await withRun(context);
      const made = await store.addExperimentResult(result(experimentId, { tags: ["a"], status: "needs-review" }));
      const update = (change: object) => store.updateExperimentResult({ id: made.id, experimentId, ...change });
      expect(await update({})).toEqual(made);
      expect(await update({ comment: "c", tags: [] })).toEqual({ ...made, comment: "c", tags: [] });
      expect(await update({ status: "reviewed", tags: undefined })).toEqual({
        ...made,
        comment: "c",
        tags: [],
        status: "reviewed",
      });
      expect(await update({ status: null, tags: null, comment: null })).toEqual({ ...made, status: null, tags: null });
      expect(await update({ status: "of a later release", input: "x", output: "x" })).toEqual({
        ...made,
        tags: null,
        status: "of a later release",
      });
      for (const bad of [{ status: 5 }, { tags: "x" }, { tags: [{}] }, { comment: {} }, { experimentId: {} }]) {
        expect(await rejection(update(bad)), JSON.stringify(bad)).toMatchObject({ category: "USER" });
      }
    });

    test("a result that is not there, or is another run's", async () => {
      const { store, experimentId } = await withRun(context);
      const made = await store.addExperimentResult(result(experimentId));
      for (const target of [
        { id: "unknown" },
        { id: "" },
        { id: "a\0" },
        { id: made.id, experimentId: "else" },
        { id: made.id, experimentId: "" },
      ]) {
        const error = await rejection(store.updateExperimentResult({ ...target, status: "reviewed" }));
        expect(error).toMatchObject({ id: "EXPERIMENT_RESULT_NOT_FOUND", details: { status: 404 } });
        expect((error as Error).message).toContain(target.id);
      }
      expect(await store.getExperimentResultById({ id: made.id })).toEqual(made);
      for (const id of ["unknown", "", "a\0"]) expect(await store.getExperimentResultById({ id })).toBeNull();
    });

    fd("FD-006", "parallel reviews of different fields all stay", async () => {
      const { stores } = await openTwice(context);
      const { id } = await stores[0].createExperiment(run());
      const made = await stores[0].addExperimentResult(result(id));
      const changes = [{ status: "reviewed" }, { tags: ["t"] }, { comment: "c" }];
      await Promise.all(
        changes.map((change, n) => stores[(n % 2) as 0 | 1].updateExperimentResult({ id: made.id, ...change })),
      );
      expect(await stores[1].getExperimentResultById({ id: made.id })).toEqual(Object.assign({ ...made }, ...changes));
    });

    test("the summary counts each run's results by status", async () => {
      const store = await open(context);
      const runs = await Promise.all(
        ["a", "b", "c"].map((organizationId) => store.createExperiment(run({ organizationId }))),
      );
      const ids = runs.map(({ id }) => id) as [string, string, string];
      const statuses = ["needs-review", "reviewed", "complete", null, "other", "reviewed", undefined];
      for (const [n, status] of statuses.entries()) {
        await store.addExperimentResult(result(ids[0], { itemId: `${n}`, ...(status !== undefined && { status }) }));
      }
      const single = await store.addExperimentResult(result(ids[1]));
      const first = { experimentId: ids[0], total: 7, needsReview: 1, reviewed: 2, complete: 1 };
      const second = { experimentId: ids[1], total: 1, needsReview: 0, reviewed: 0, complete: 0 };
      const summary = async (args?: object) =>
        (await store.getReviewSummary(args)).sort((x, y) => ids.indexOf(x.experimentId) - ids.indexOf(y.experimentId));
      expect(await summary()).toEqual([first, second]);
      await store.updateExperimentResult({ id: single.id, status: "complete" });
      expect(await summary()).toEqual([first, { ...second, complete: 1 }]);
      await store.upsertExperimentResult(result(ids[1], { status: "needs-review" }));
      expect(await summary({ filters: { organizationId: "b" } })).toEqual([{ ...second, needsReview: 1 }]);
      expect(await summary({ filters: {} })).toHaveLength(2);
      await store.deleteExperimentResults({ experimentId: ids[0] });
      expect((await summary()).map(({ experimentId }) => experimentId)).toEqual([ids[1]]);
    });
  });

  describe("lists of results", () => {
    async function seeded() {
      const { store, experimentId } = await withRun(context);
      const made: ExperimentResult[] = [];
      for (const [n, changes] of [
        { startedAt: 3000, traceId: "t1", status: "reviewed", tags: ["a", "b"] },
        { startedAt: 1000, traceId: "t1", tags: ["a"], organizationId: "o" },
        { startedAt: 2000, traceId: "t2", status: "reviewed", tags: [] },
        { startedAt: 2000, status: "complete", tags: ["b", 'c"'] },
      ].entries()) {
        context.clock?.advance(1000);
        made.push(await store.addExperimentResult(result(experimentId, { itemId: `${n}`, ...changes })));
      }
      const other = await store.createExperiment(run());
      await store.addExperimentResult(result(other.id, { traceId: "t1", tags: ["a"] }));
      return { store, experimentId, made };
    }

    test("default order and the others, exactly reversed", async () => {
      const { store, experimentId } = await seeded();
      const order = async (args: object = {}) =>
        (await store.listExperimentResults({ experimentId, ...args })).results.map(({ itemId }) => itemId);
      expect(await order()).toEqual(["1", "2", "3", "0"]);
      if (context.clock)
        expect(await order({ orderBy: { field: "createdAt", direction: "ASC" } })).toEqual(["0", "1", "2", "3"]);
      for (const field of ["startedAt", "createdAt"]) {
        for (const filter of [{}, { traceId: "t1" }]) {
          const up = await order({ ...filter, orderBy: { field, direction: "ASC" } });
          expect(await order({ ...filter, orderBy: { field, direction: "DESC" } })).toEqual(up.toReversed());
        }
      }
    });

    test.each<[args: object, found: string[]]>([
      [{ traceId: "t1" }, ["0", "1"]],
      [{ traceId: "" }, ["0", "1", "2", "3"]],
      [{ traceId: "a\0" }, []],
      [{ status: "reviewed" }, ["0", "2"]],
      [{ status: "" }, ["0", "1", "2", "3"]],
      [{ status: "reviewed", traceId: "t2" }, ["2"]],
      [{ tags: [] }, ["0", "1", "2", "3"]],
      [{ tags: ["a"] }, ["0", "1"]],
      [{ tags: ["b", "a"] }, ["0"]],
      [{ tags: ['c"'] }, ["3"]],
      [{ tags: ["nobody"] }, []],
      [{ filters: { organizationId: "o" } }, ["1"]],
      [{ filters: {} }, ["0", "1", "2", "3"]],
    ])("filter %j", async (args, found) => {
      const { store, experimentId } = await seeded();
      for (const field of ["startedAt", "createdAt"] as const) {
        const { results, pagination } = await store.listExperimentResults({
          experimentId,
          ...args,
          orderBy: { field },
        });
        expect(results.map(({ itemId }) => itemId).sort()).toEqual(found);
        expect(pagination).toEqual({ total: found.length, page: 0, perPage: 100, hasMore: false });
      }
    });

    fd("FD-040", "pages over equal times have each result once, by number and by cursor", async () => {
      const { store, experimentId } = await withRun(context);
      for (let n = 0; n < 17; n++) await store.addExperimentResult(result(experimentId, { itemId: `${n}` }));
      for (const field of ["startedAt", "createdAt"] as const) {
        const ids: string[] = [];
        const byCursor: string[] = [];
        let after: string | undefined;
        for (let page = 0; page < 4; page++) {
          const args = { experimentId, orderBy: { field } };
          const paged = await store.listExperimentResults({ ...args, pagination: { page, perPage: 5 } });
          expect(paged.pagination).toEqual({ total: 17, page, perPage: 5, hasMore: page < 3 });
          ids.push(...paged.results.map(({ id }) => id));
          const next = await store.listExperimentResults({
            ...args,
            pagination: { perPage: 5 },
            ...(after !== undefined && { after }),
          });
          byCursor.push(...next.results.map(({ id }) => id));
          after = next.nextCursor;
        }
        expect(ids).toEqual([...new Set(ids)].sort());
        expect(ids).toHaveLength(17);
        expect(byCursor).toEqual(ids);
        expect(after).toBeUndefined();
      }
    });

    test("a walk by cursor over an active run meets what was there, once each", async () => {
      const { store, experimentId } = await withRun(context);
      for (let n = 0; n < 12; n++)
        await store.addExperimentResult(result(experimentId, { itemId: `${n}`, startedAt: 5000 + n }));
      const walked: string[] = [];
      for (let after: string | undefined, page = 0; page < 6; page++) {
        const next = await store.listExperimentResults({
          experimentId,
          pagination: { perPage: 3 },
          ...(after !== undefined && { after }),
        });
        walked.push(...next.results.map(({ itemId }) => itemId));
        after = next.nextCursor;
        if (after === undefined) break;
        await store.addExperimentResult(result(experimentId, { itemId: `slow-${page}`, startedAt: page }));
      }
      expect(walked).toEqual(Array.from({ length: 12 }, (_, n) => `${n}`));
    });

    test("bad pages, orders and filters are refused, also where nothing would be found", async () => {
      const store = await open(context);
      for (const [args, words] of [
        [{ pagination: { page: -1 } }, "page must be >= 0"],
        [{ pagination: { perPage: -5 } }, "perPage must be >= 0"],
        [{ orderBy: { field: "completedAt" } }, "orderBy.field"],
        [{ orderBy: { field: "__proto__" } }, "orderBy.field"],
        [{ orderBy: { direction: "" } }, "orderBy.direction"],
        [{ tags: "a" }, "tags"],
        [{ tags: [1] }, "tags"],
        [{ traceId: {} }, "traceId"],
        [{ filters: { projectId: {} } }, "projectId"],
        [{ after: "no cursor" }, "cursor"],
      ] as const) {
        const error = await rejection(store.listExperimentResults({ experimentId: "unknown", ...args } as never));
        expect(error, JSON.stringify(args)).toMatchObject({ category: "USER", details: { status: 400 } });
        expect((error as Error).message).toContain(words);
      }
    });
  });
}
