import type { MemoryStorage, SaveScorePayload, ScoresStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { evalInput, open, payload } from "./rows.ts";

export function listsSuite(context: DomainContext): void {
  const save = async (store: ScoresStorage, ...scores: (Partial<SaveScorePayload> & { id: string })[]) => {
    for (const score of scores) await store.saveScore(payload(score));
  };
  const ids = ({ scores }: { scores: { id: string }[] }) => scores.map(({ id }) => id);

  describe("lists of scores", () => {
    test("every named argument is an exact condition", async () => {
      const store = await open(context);
      await save(
        store,
        { id: "1", scorerId: "a", entityId: "x", entityType: "AGENT", runId: "r1", traceId: "t", spanId: "s" },
        { id: "2", scorerId: "a", entityId: "x", entityType: "WORKFLOW", runId: "r2", traceId: "t", spanId: "s2" },
        {
          id: "3",
          scorerId: "a",
          entityId: "y",
          entityType: "AGENT",
          runId: "r1",
          source: "TEST",
          traceId: "t2",
          spanId: "s",
        },
        { id: "4", scorerId: "A", entityId: "x", runId: "R1", traceId: "t" },
        { id: "5", scorerId: "a ", entityId: "x ", entityType: "agent", runId: "r1 ", spanId: "s" },
      );
      const byScorer = async (more: object) => ids(await store.listScoresByScorerId({ scorerId: "a", ...more }));
      expect(await byScorer({})).toEqual(["3", "2", "1"]);
      expect(await byScorer({ entityId: "x" })).toEqual(["2", "1"]);
      expect(await byScorer({ entityId: "x", entityType: "AGENT" })).toEqual(["1"]);
      expect(await byScorer({ source: "TEST" })).toEqual(["3"]);
      expect(await byScorer({ source: "test" })).toEqual([]);
      expect(await byScorer({ entityId: "", entityType: undefined, source: "" })).toEqual(["3", "2", "1"]);
      expect(await byScorer({ entityId: "X" })).toEqual([]);
      expect(ids(await store.listScoresByRunId({ runId: "r1" }))).toEqual(["3", "1"]);
      expect(ids(await store.listScoresByEntityId({ entityId: "x", entityType: "AGENT" }))).toEqual(["1"]);
      expect(ids(await store.listScoresByEntityId({ entityId: "x", entityType: "" }))).toEqual([]);
      expect(ids(await store.listScoresBySpan({ traceId: "t", spanId: "s" }))).toEqual(["1"]);
      expect(ids(await store.listScoresBySpan({ traceId: "t2", spanId: "s2" }))).toEqual([]);
    });

    test("all scores, newest first, by conditions and time; and every scorer that left one", async () => {
      const store = await open(context);
      const at = (ms: number) => new Date(ms);
      await save(
        store,
        { id: "1", scorerId: "a", score: 1, createdAt: at(1) },
        { id: "2", scorerId: "b\0", score: 0.25, entityId: "x", entityType: "AGENT", createdAt: at(2) },
        { id: "3", scorerId: "a", score: 0, resourceId: "ada", createdAt: at(3) },
        { id: "4", scorerId: "a", score: 0.5, organizationId: "o", createdAt: at(4) },
      );
      expect(ids(await store.listScores())).toEqual(["4", "3", "2", "1"]);
      expect(ids(await store.listScores({ scorerId: "b\0" }))).toEqual(["2"]);
      expect(ids(await store.listScores({ entityId: "x", entityType: "AGENT", scorerId: "" }))).toEqual(["2"]);
      expect(ids(await store.listScores({ resourceId: "ada" }))).toEqual(["3"]);
      expect(ids(await store.listScores({ filters: { organizationId: "o" } }))).toEqual(["4"]);
      expect(ids(await store.listScores({ dateRange: { start: at(2), end: at(4), endExclusive: true } }))).toEqual([
        "3",
        "2",
      ]);
      expect(await store.listScores({ pagination: { page: 1, perPage: 3 } })).toMatchObject({
        scores: [{ id: "1" }],
        pagination: { total: 4, page: 1, perPage: 3, hasMore: false },
      });
      expect((await store.listScorers()).scorers).toEqual([
        { scorerId: "a", count: 3, average: 0.5, min: 0, max: 1, lastAt: at(4) },
        { scorerId: "b\0", count: 1, average: 0.25, min: 0.25, max: 0.25, lastAt: at(2) },
      ]);
      expect((await store.listScorers({ resourceId: "ada" })).scorers).toMatchObject([{ scorerId: "a", count: 1 }]);
      expect((await store.listScorers({ dateRange: { start: at(5) } })).scorers).toEqual([]);
    });

    test("a scorer is summed up: its range, its days, and by what a score belongs to", async () => {
      const store = await open(context);
      const day = (n: number) => new Date(n * 86_400_000 + 5);
      const entity = (model: string) => ({ id: "agent", model });
      await save(
        store,
        { id: "1", scorerId: "s", score: 0, createdAt: day(1), entityId: "a", entity: entity("m1"), resourceId: "ada" },
        { id: "2", scorerId: "s", score: 0.25, createdAt: day(1), entityId: "a", entity: entity("m2") },
        { id: "3", scorerId: "s", score: 1, createdAt: day(3), entityId: "b\0", entity: entity("m2") },
        { id: "4", scorerId: "other", score: 5 },
      );
      const found = await store.summarizeScorer({ scorerId: "s", groupBy: "model" });
      expect(found).toMatchObject({ count: 3, min: 0, max: 1 });
      expect(found.average).toBeCloseTo(1.25 / 3);
      expect(found.bins.map(({ count }) => count)).toEqual([1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
      expect(found.days.map(({ day, count, p50 }) => [day.getTime() / 86_400_000, count, p50])).toEqual([
        [1, 2, 0.125],
        [3, 1, 1],
      ]);
      const told = ({ groups }: typeof found) => groups.map(({ value, count, average }) => [value, count, average]);
      expect(told(found)).toEqual([
        ["m2", 2, 0.625],
        ["m1", 1, 0],
      ]);
      expect(told(await store.summarizeScorer({ scorerId: "s", groupBy: "entityId" }))).toEqual([
        ["a", 2, 0.125],
        ["b\0", 1, 1],
      ]);
      expect(told(await store.summarizeScorer({ scorerId: "s", groupBy: "metadata.tag" }))).toEqual([
        [null, 3, found.average],
      ]);
      expect(await store.summarizeScorer({ scorerId: "s", resourceId: "ada" })).toMatchObject({ count: 1, groups: [] });
      expect((await store.summarizeScorer({ scorerId: "s", passFrom: 0.25 })).passed).toBe(2);
      expect((await store.summarizeScorer({ scorerId: "s", dateRange: { start: day(2) } })).count).toBe(1);
      expect(await store.summarizeScorer({ scorerId: "none" })).toEqual({
        count: 0,
        average: null,
        min: null,
        max: null,
        passed: null,
        bins: [],
        days: [],
        groups: [],
      });
      const { bins } = await store.summarizeScorer({ scorerId: "other" });
      expect(bins.map(({ count }) => count)).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
      await expect(store.summarizeScorer({ scorerId: "s", groupBy: "score" })).rejects.toMatchObject({
        category: "USER",
      });
    });

    test("newest first, equal times by insertion", async () => {
      const store = await open(context);
      await save(
        store,
        { id: "z" },
        { id: "a" },
        { id: "m", createdAt: new Date(1) },
        { id: "b" },
        { id: "n", createdAt: new Date(1) },
      );
      for (const list of [
        await store.listScoresByRunId({ runId: "run" }),
        await store.listScoresByScorerId({ scorerId: "relevance" }),
      ]) {
        expect(ids(list)).toEqual(["b", "a", "z", "n", "m"]);
      }
    });

    fd("FD-040", "pages over equal times give each score once", async () => {
      const store = await open(context);
      const createdAt = new Date(7);
      await Promise.all(
        Array.from({ length: 53 }, (_, n) =>
          store.saveScore(payload({ id: `s${(n * 17) % 53}`, createdAt, traceId: "t", spanId: "s", entityType: "E" })),
        ),
      );
      for (const list of [
        (pagination: object) => store.listScoresByRunId({ runId: "run", pagination }),
        (pagination: object) => store.listScoresByScorerId({ scorerId: "relevance", source: "LIVE", pagination }),
        (pagination: object) => store.listScoresByEntityId({ entityId: "agent", entityType: "E", pagination }),
        (pagination: object) => store.listScoresBySpan({ traceId: "t", spanId: "s", pagination }),
      ]) {
        const all = ids(await list({ perPage: false }));
        const seen: string[] = [];
        for (let page = 0; ; page++) {
          const { scores, pagination } = await list({ page, perPage: 7 });
          expect(pagination).toEqual({ total: 53, page, perPage: 7, hasMore: page < 7 });
          seen.push(...scores.map(({ id }) => id));
          if (!pagination.hasMore) break;
        }
        expect(seen).toEqual(all);
        expect(new Set(seen).size).toBe(53);
      }
    });

    test("pagination: defaults, everything, nothing, beyond the end", async () => {
      const store = await open(context);
      for (let n = 0; n < 103; n++) await store.saveScore(payload({ id: `${n}` }));
      const list = (pagination?: object) =>
        store.listScoresByRunId({ runId: "run", ...(pagination && { pagination }) });
      expect(await list()).toMatchObject({ pagination: { total: 103, page: 0, perPage: 100, hasMore: true } });
      expect((await list({})).scores).toHaveLength(100);
      expect((await list({ page: 1 })).scores).toHaveLength(3);
      const all = await list({ page: 3, perPage: false });
      expect(all.scores).toHaveLength(103);
      expect(all.pagination).toMatchObject({ total: 103, perPage: false, hasMore: false });
      expect(await list({ perPage: 0 })).toEqual({
        scores: [],
        pagination: { total: 103, page: 0, perPage: 0, hasMore: false },
      });
      expect(await list({ page: 9, perPage: 50 })).toEqual({
        scores: [],
        pagination: { total: 103, page: 9, perPage: 50, hasMore: false },
      });
      const empty = await store.listScoresByRunId({ runId: "nobody" });
      expect(empty).toEqual({ scores: [], pagination: { total: 0, page: 0, perPage: 100, hasMore: false } });
    });

    test("bad arguments are refused, also when the answer would be empty", async () => {
      const store = await open(context);
      const list = (pagination: unknown) =>
        store.listScoresByRunId({ runId: "nobody", pagination: pagination as never });
      for (const page of [-1, 0.5, Number.NaN, "1"]) {
        await expect(list({ page })).rejects.toMatchObject({ message: "page must be >= 0", category: "USER" });
      }
      for (const perPage of [-1, 0.5, "10", true]) {
        await expect(list({ perPage })).rejects.toMatchObject({ message: "perPage must be >= 0", category: "USER" });
      }
      for (const value of [{ $ne: "" }, ["run"], 5, undefined, null]) {
        await expect(store.listScoresByRunId({ runId: value as never })).rejects.toMatchObject({
          category: "USER",
          details: { status: 400, operation: "listScoresByRunId" },
        });
        await expect(store.listScoresBySpan({ traceId: "t", spanId: value as never })).rejects.toMatchObject({
          category: "USER",
        });
      }
      const filters = { organizationId: { $ne: null } } as never;
      await expect(store.listScoresByRunId({ runId: "run", filters })).rejects.toMatchObject({ category: "USER" });
    });

    fd("FD-052", "a list never gives a row of another tenant", async () => {
      const store = await open(context);
      const places = { scorerId: "c", entityId: "e", entityType: "E", runId: "r", traceId: "t", spanId: "s" };
      await save(
        store,
        { id: "a1", ...places, organizationId: "a", projectId: "1" },
        { id: "a2", ...places, organizationId: "a", projectId: "2" },
        { id: "b1", ...places, organizationId: "b", projectId: "1" },
        { id: "none", ...places },
        { id: "empty", ...places, organizationId: "" },
      );
      const lists = [
        (filters: object) => store.listScoresByScorerId({ scorerId: "c", filters }),
        (filters: object) => store.listScoresByRunId({ runId: "r", filters }),
        (filters: object) => store.listScoresByEntityId({ entityId: "e", entityType: "E", filters }),
        (filters: object) => store.listScoresBySpan({ traceId: "t", spanId: "s", filters }),
      ];
      const cases: [object, string[]][] = [
        [{}, ["empty", "none", "b1", "a2", "a1"]],
        [{ organizationId: undefined }, ["empty", "none", "b1", "a2", "a1"]],
        [{ organizationId: "a" }, ["a2", "a1"]],
        [{ organizationId: "A" }, []],
        [{ organizationId: "a", projectId: "1" }, ["a1"]],
        [{ projectId: "1" }, ["b1", "a1"]],
        [{ organizationId: "" }, ["empty"]],
        [{ organizationId: null }, ["none"]],
        [{ organizationId: "b", projectId: null }, []],
        [{ organizationId: "%" }, []],
      ];
      for (const list of lists) {
        for (const [filters, expected] of cases) {
          const found = await list(filters);
          expect(ids(found), JSON.stringify(filters)).toEqual(expected);
          expect(found.pagination.total).toBe(expected.length);
        }
      }
    });
  });

  describe("pruning and clearing scores", () => {
    test.runIf(context.clock)("old scores and evals go, strictly, oldest first", async () => {
      const store = await open(context);
      const now = context.clock?.now() ?? 0;
      for (let n = 0; n < 10; n++) {
        await store.saveScore(payload({ id: `${n}`, createdAt: new Date(now - 1000 + n) }));
        await store.saveEval(evalInput({ id: `${n}`, createdAt: new Date(now - 1000 + n) }));
      }
      const left = async () => ids(await store.listScoresByRunId({ runId: "run" }));
      const policies = { scorers: { maxAge: 995 } } as const;
      expect(await store.prune(policies, { dryRun: true })).toEqual([
        { domain: "scores", table: "mastra_scorers", deleted: 5, done: true },
      ]);
      expect(await left()).toHaveLength(10);
      expect(await store.prune(policies, { maxRows: 2 })).toMatchObject([{ deleted: 2, done: false }]);
      expect(await left()).toEqual(["9", "8", "7", "6", "5", "4", "3", "2"]);
      expect(await store.prune(policies)).toMatchObject([{ deleted: 3, done: true }]);
      expect(await left()).toEqual(["9", "8", "7", "6", "5"]);
      expect((await store.getEvals()).total).toBe(10);
      expect(
        await store.prune({
          evals: { maxAge: "998ms", batchSize: 1 },
          scorers: { maxAge: "1d" },
          other: { maxAge: 0 },
        }),
      ).toEqual([
        { domain: "scores", table: "mastra_scorers", deleted: 0, done: true },
        { domain: "scores", table: "mastra_evals", deleted: 2, done: true },
      ]);
      expect(await store.prune({})).toEqual([]);
      await expect(store.prune({ scorers: { maxAge: "-1d" as never } })).rejects.toThrow();
    });

    fd("FD-014", "clearing removes scores and evals and nothing of another domain", async () => {
      const storage = await context.open();
      const store = (await storage.getStore("scores")) as ScoresStorage;
      const memory = (await storage.getStore("memory")) as MemoryStorage;
      const now = new Date(1);
      await memory.saveThread({ thread: { id: "t", resourceId: "r", createdAt: now, updatedAt: now } });
      await save(store, { id: "1" }, { id: "2" });
      await store.saveEval(evalInput());
      await store.dangerouslyClearAll();
      expect((await store.listScoresByRunId({ runId: "run" })).pagination.total).toBe(0);
      expect((await store.getEvals()).total).toBe(0);
      expect(await memory.getThreadById({ threadId: "t" })).not.toBeNull();
    });
  });
}
