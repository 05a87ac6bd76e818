import type { CreateSpanRecord, ObservabilityStorage } from "@stowage/core";
import { beforeEach, describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, root, start } from "./spans.ts";

const hour = 3_600_000;
const timeRange = { from: new Date(start - hour).toISOString(), to: new Date(start + hour).toISOString() };
const binding = "b".repeat(64);
const base = { result: "traces", timeRange, orderBy: { field: "startedAt", direction: "desc" }, binding };
const keyset = { ...base, paginationMode: "keyset", limit: 100 };

const is = (field: string, value: unknown, operator = "eq") => ({ type: "comparison", field, operator, value });
const oneOf = (field: string, values: unknown[], operator = "in") => ({ type: "membership", field, operator, values });
const has = (field: string, operator = "exists") => ({ type: "presence", field, operator });
const list = (field: string, operator: string, value?: string) => ({ type: "collection", field, operator, value });
const and = (...args: object[]) => ({ type: "boolean", operator: "and", args });
const or = (...args: object[]) => ({ type: "boolean", operator: "or", args });
const not = (arg: object) => ({ type: "not", arg });
const some = (collection: string, predicate: object) => ({
  type: "relation",
  collection,
  quantifier: "some",
  predicate,
});
const none = (collection: string, predicate: object) => ({
  type: "relation",
  collection,
  quantifier: "none",
  predicate,
});

interface Traces {
  traces: Record<string, unknown>[];
  page: { next: string | null };
  delta: { limit: number; hasMore: boolean };
  deltaCursor: string;
  pagination: object;
  groups: { threadId: string }[];
  threads: { threadId: string }[];
}

const ended = (traceId: string, extra: Partial<CreateSpanRecord> = {}) =>
  root(traceId, { endedAt: at(100), ...extra }) as CreateSpanRecord;

/** What a cursor says, as the host hands it on to the store. */
const decoded = (cursor: string | null | undefined) =>
  JSON.parse(
    new TextDecoder().decode(
      Uint8Array.from(atob((cursor ?? "").replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)),
    ),
  );

export function queriesSuite(context: DomainContext): void {
  describe("trace queries", () => {
    let store: ObservabilityStorage;
    const ask = async (plan: object) => (await store.queryTraces(plan)) as Traces;
    const ids = async (where?: object, more: object = {}) =>
      (await ask({ ...keyset, ...(where && { where }), ...more })).traces.map(({ traceId }) => traceId).toSorted();
    beforeEach(async () => {
      store = await context.store<ObservabilityStorage>("observability");
    });

    test("traces that have ended and began in the range, as results show them", async () => {
      const before = new Date(start - hour);
      await store.batchCreateSpans({
        records: [
          ended("t", {
            name: "agent",
            threadId: "th".repeat(200),
            resourceId: "r",
            entityName: "e",
            entityType: "agent",
            environment: "prod",
            metadata: { k: "v" },
            input: "hello",
            error: "e",
          }),
          root("running"),
          ended("first", { startedAt: before }),
          ended("last", { startedAt: new Date(start + hour) }),
          child("rootless", "x", { endedAt: at(3) }),
        ],
      });
      expect(await ids()).toEqual(["first", "t"]);
      const { traces, page } = await ask(keyset);
      expect(page).toEqual({ next: null });
      expect(traces[0]).toEqual({
        traceId: "t",
        rootSpanId: "root",
        name: "agent",
        entityId: null,
        parentSpanId: null,
        createdAt: expect.stringMatching(/Z$/),
        metadata: { k: "v" },
        inputPreview: "hello",
        threadId: "th".repeat(200),
        resourceId: "r",
        startedAt: at(0).toISOString(),
        endedAt: at(100).toISOString(),
        entityName: "e",
        entityType: "agent",
        environment: "prod",
        status: "error",
      });
    });

    test("conditions on traces; what is missing equals nothing and differs from everything", async () => {
      await store.batchCreateSpans({
        records: [
          ended("a", {
            threadId: "x",
            environment: "prod",
            tags: ["red", "blue"],
            metadata: { plan: " pro ", n: 5, blank: " " },
          }),
          ended("b", {
            threadId: "y".repeat(500),
            tags: [],
            endedAt: at(5000),
            error: "e",
            metadata: ["pro"] as never,
          }),
          ended("c", { startedAt: at(50), tags: ["red"], metadata: { plan: "free" } }),
        ],
      });
      const cases: [object, string[]][] = [
        [is("threadId", "x"), ["a"]],
        [is("threadId", "y".repeat(500)), ["b"]],
        [is("threadId", "x", "ne"), ["b", "c"]],
        [oneOf("threadId", ["x", "z"]), ["a"]],
        [oneOf("threadId", ["x", "z"], "notIn"), ["b", "c"]],
        [has("environment"), ["a"]],
        [has("environment", "notExists"), ["b", "c"]],
        [not(is("environment", "prod")), ["b", "c"]],
        [is("status", "error"), ["b"]],
        [is("status", "running"), []],
        [is("durationMs", 100), ["a"]],
        [is("durationMs", 100, "lt"), ["c"]],
        [is("startedAt", at(50).toISOString(), "gte"), ["c"]],
        [is("endedAt", at(5000).toISOString()), ["b"]],
        [list("tags", "includes", "blue"), ["a"]],
        [list("tags", "notIncludes", "blue"), ["c"]],
        [list("tags", "empty"), ["b"]],
        [list("tags", "notEmpty"), ["a", "c"]],
        [is("metadata.plan", "pro"), ["a"]],
        [is("metadata.plan", "pro", "ne"), ["b", "c"]],
        [has("metadata.n"), []],
        [has("metadata.blank"), []],
        [or(is("metadata.plan", "free"), is("threadId", "x")), ["a", "c"]],
        [and(is("threadId", "x"), is("threadId", "z")), []],
        [and(is("traceId", "a"), not(is("status", "error"))), ["a"]],
        [is("traceId", "a\0"), []],
      ];
      for (const [where, expected] of cases) expect(await ids(where), JSON.stringify(where)).toEqual(expected);
    });

    test("conditions on what hangs on traces", async () => {
      await store.batchCreateSpans({
        records: [
          ended("a"),
          child("a", "gen", {
            spanType: "model_generation",
            attributes: { model: "m1", provider: 5 },
            endedAt: at(41),
            startedAt: at(1),
          }),
          child("a", "open", { name: "open" }),
          ended("b"),
          child("b", "gen", {
            spanType: "model_generation",
            attributes: { model: "m2" },
            error: { message: "x" },
            endedAt: at(2),
          }),
          ended("c", { spanType: "workflow_run" }),
        ],
      });
      await store.batchCreateScores({
        scores: [
          { scorerId: "s", score: 0.9, traceId: "a", spanId: "gen", timestamp: at(1) },
          { scorerId: "s", score: 0.1, traceId: "b", timestamp: at(1) },
        ],
      });
      await store.batchCreateFeedback({
        feedbacks: [
          { feedbackType: "rating", value: 5, traceId: "a", comment: "good", timestamp: at(1) },
          { feedbackType: "rating", value: "5", traceId: "b", timestamp: at(1) },
        ],
      });
      const cases: [object, string[]][] = [
        [some("spans", is("model", "m1")), ["a"]],
        [none("spans", is("model", "m1")), ["b", "c"]],
        [some("spans", is("model", "m1", "ne")), ["a", "b", "c"]],
        [some("spans", has("provider")), []],
        [some("spans", and(is("spanType", "model_generation"), is("durationMs", 40))), ["a"]],
        [some("spans", is("status", "running")), ["a"]],
        [some("spans", and(is("status", "running"), has("durationMs"))), []],
        [some("spans", has("error")), ["b"]],
        [some("spans", is("name", "root")), ["a", "b", "c"]],
        [some("scores", is("score", 0.5, "gt")), ["a"]],
        [some("scores", has("spanId", "notExists")), ["b"]],
        [none("scores", is("scorerId", "s")), ["c"]],
        [some("feedback", is("value", 5)), ["a"]],
        [some("feedback", is("value", "5")), ["b"]],
        [some("feedback", is("value", 4, "gt")), ["a"]],
        [some("feedback", and(has("comment"), is("timestamp", at(1).toISOString()))), ["a"]],
        [and(some("spans", has("error")), is("status", "success")), ["b"]],
        [or(some("spans", has("error")), not(some("scores", has("score")))), ["b", "c"]],
      ];
      for (const [where, expected] of cases) expect(await ids(where), JSON.stringify(where)).toEqual(expected);
    });

    test("a tenant sees its own traces and its own records on them", async () => {
      await store.batchCreateSpans({
        records: [
          ended("mine", { organizationId: "o", resourceId: "r" }),
          child("mine", "own", { organizationId: "o", resourceId: "r", name: "own", endedAt: at(2) }),
          child("mine", "foreign", { organizationId: "p", name: "foreign", endedAt: at(2) }),
          ended("theirs", { organizationId: "p", resourceId: "r" }),
          ended("nobody"),
        ],
      });
      const scope = { organizationId: "o" };
      expect(await ids(undefined, { scope })).toEqual(["mine"]);
      expect(await ids(undefined, { scope: { organizationId: "o", resourceId: "q" } })).toEqual([]);
      expect(await ids(or(is("traceId", "mine"), is("traceId", "theirs")), { scope })).toEqual(["mine"]);
      expect(await ids(is("resourceId", "r"), { scope: { ...scope, resourceId: "r" } })).toEqual(["mine"]);
      expect(await ids(is("resourceId", "q"), { scope: { ...scope, resourceId: "r" } })).toEqual([]);
      expect(await ids(some("spans", is("name", "own")), { scope })).toEqual(["mine"]);
      expect(await ids(some("spans", is("name", "foreign")), { scope })).toEqual([]);
    });

    fd("FD-040", "pages and cursors over equal times give each trace once, in both orders", async () => {
      const records = Array.from({ length: 60 }, (_, index) =>
        ended(`t${(index * 37) % 60}`.padEnd(4, "é"), {
          startedAt: at(index % 3),
          endedAt: at(50 + (index % 2)),
          threadId: `th${index % 7}`,
        }),
      );
      await store.batchCreateSpans({ records });
      for (const field of ["startedAt", "endedAt"] as const) {
        for (const direction of ["asc", "desc"]) {
          const sign = direction === "asc" ? 1 : -1;
          const expected = records
            .toSorted((a, b) => sign * (Number(a[field]) - Number(b[field])) || (a.traceId < b.traceId ? -1 : 1))
            .map(({ traceId }) => traceId);
          const orderBy = { field, direction };
          const seen: unknown[] = [];
          for (let cursor: object | undefined; ; ) {
            const { traces, page } = await ask({ ...keyset, orderBy, limit: 7, ...(cursor && { cursor }) });
            seen.push(...traces.map(({ traceId }) => traceId));
            if (page.next === null) break;
            const { version, binding: bound, values, ...rest } = decoded(page.next);
            expect([version, bound, rest]).toEqual([1, binding, {}]);
            const { result, ...place } = values;
            expect(result).toBe("traces");
            cursor = place;
          }
          expect(seen, `${field} ${direction}`).toEqual(expected);
          const paged: unknown[] = [];
          for (let page = 0; page < 9; page++) {
            const where = page % 2 === 0 ? undefined : has("threadId");
            const plan = { ...base, orderBy, paginationMode: "page", page, perPage: 7, deltaBinding: binding, where };
            const answer = await ask(plan);
            paged.push(...answer.traces.map(({ traceId }) => traceId));
            expect(answer.pagination).toEqual({ total: 60, page, perPage: 7, hasMore: page < 8 });
          }
          expect(paged).toEqual(expected);
        }
      }
      const groups: string[] = [];
      for (let cursor: object | undefined; ; ) {
        const plan = { ...keyset, result: "groups", orderBy: { field: "threadId", direction: "asc" }, limit: 3 };
        const answer = await ask({ ...plan, ...(cursor && { cursor }) });
        groups.push(...answer.groups.map(({ threadId }) => threadId));
        if (answer.page.next === null) break;
        cursor = { threadId: decoded(answer.page.next).values.threadId };
      }
      expect(groups).toEqual([0, 1, 2, 3, 4, 5, 6].map((n) => `th${n}`));
    });

    test("polls bring what ended since, and refuse cursors of other stores", async () => {
      const delta = { ...base, paginationMode: "delta", limit: 10 };
      const page = await ask({ ...base, paginationMode: "page", page: 0, perPage: 5, deltaBinding: binding });
      const { adapter, watermark, kind, version } = decoded(page.deltaCursor);
      expect([kind, version]).toEqual(["trace-delta", 1]);
      const poll = async (cursor: object, more: object = {}) => {
        const answer = await ask({ ...delta, ...more, deltaCursor: cursor });
        const { adapter, watermark } = decoded(answer.deltaCursor);
        return { ids: answer.traces.map(({ traceId }) => traceId), cursor: { adapter, watermark } };
      };
      await store.batchCreateSpans({
        records: [root("a"), root("broken", { error: "e" }), ended("b", { userId: "u" })],
      });
      const first = await poll({ adapter, watermark });
      expect(first.ids).toEqual(["b"]);
      await store.batchCreateSpans({ records: [ended("a"), ended("broken", { error: "e" })] });
      expect((await poll(first.cursor)).ids.toSorted()).toEqual(["a", "broken"]);
      expect((await poll(first.cursor, { where: is("status", "error") })).ids).toEqual(["broken"]);
      expect((await poll(first.cursor, { scope: { organizationId: "o" } })).ids).toEqual([]);
      await expect(poll({ adapter: "other", watermark })).rejects.toMatchObject({ id: "TRACE_QUERY_CURSOR_CONFLICT" });
      await expect(poll({ adapter, watermark: "x" })).rejects.toMatchObject({ id: "TRACE_QUERY_CURSOR_MALFORMED" });
    });

    test("threads are judged by their eligible traces", async () => {
      await store.batchCreateSpans({
        records: [
          ended("a1", { threadId: "a", error: "e" }),
          ended("a2", { threadId: "a", environment: "prod" }),
          ended("b1", { threadId: "b" }),
          child("b1", "tool", { spanType: "tool_call", endedAt: at(2) }),
          ended("c1", { threadId: "c", environment: "dev", error: "e" }),
          ended("none"),
          root("running", { threadId: "d" }),
        ],
      });
      const threads = async (where?: object, traces: object = {}, more: object = {}) => {
        const plan = { result: "threads", traces: { timeRange, ...traces }, where, limit: 100, binding, ...more };
        return ((await store.queryThreads(plan)) as Traces).threads.map(({ threadId }) => threadId);
      };
      expect(await threads()).toEqual(["a", "b", "c"]);
      expect(await threads(some("traces", is("status", "error")))).toEqual(["a", "c"]);
      expect(await threads(none("traces", is("status", "error")))).toEqual(["b"]);
      expect(
        await threads(and(some("traces", is("status", "error")), some("traces", is("environment", "prod")))),
      ).toEqual(["a"]);
      expect(await threads(some("traces", and(is("status", "error"), is("environment", "prod"))))).toEqual([]);
      expect(await threads(some("traces", some("spans", is("spanType", "tool_call"))))).toEqual(["b"]);
      expect(await threads(none("traces", is("status", "error")), { where: is("status", "success") })).toEqual([
        "a",
        "b",
      ]);
      expect(await threads(undefined, {}, { cursor: { threadId: "a" } })).toEqual(["b", "c"]);
      const first = (await store.queryThreads({
        result: "threads",
        traces: { timeRange },
        limit: 2,
        binding,
      })) as Traces;
      expect(decoded(first.page.next)).toEqual({ version: 1, binding, values: { result: "threads", threadId: "b" } });
    });

    test("fields and values that are there", async () => {
      await store.batchCreateSpans({
        records: [
          ended("a", { metadata: { plan: "pro", "a.b": "x", n: 1 }, tags: ["x", "x", "y"], environment: "prod" }),
          ended("b", { metadata: { plan: " pro ", Tier: "gold", long: "x".repeat(5000) }, tags: ["y"] }),
          child("b", "m", { attributes: { model: "gpt" }, endedAt: at(2) }),
          root("running", { metadata: { hidden: "x" } }),
        ],
      });
      const plan = { timeRange, predicateScope: "trace", limit: 25 };
      const observed = (await store.getTraceQueryObservedFields(plan)) as { observedFields: Record<string, unknown>[] };
      expect(observed).toMatchObject({ observedFieldsTruncated: false });
      expect(observed.observedFields.map(({ path, occurrences }) => [path, occurrences])).toEqual([
        ["metadata.plan", 2],
        ["metadata.Tier", 1],
      ]);
      expect(observed.observedFields[0]).toMatchObject({ valueKind: "string", valueSuggestions: true });
      expect(await store.getTraceQueryObservedFields({ ...plan, search: "TIER" })).toMatchObject({
        observedFields: [{ path: "metadata.Tier" }],
      });
      expect(await store.getTraceQueryObservedFields({ ...plan, limit: 1 })).toMatchObject({
        observedFieldsTruncated: true,
      });
      expect(await store.getTraceQueryObservedFields({ ...plan, predicateScope: "spans" })).toEqual({
        observedFields: [],
        observedFieldsTruncated: false,
      });
      const values = (path: string, more: object = {}) => store.getTraceQueryValues({ ...plan, path, ...more });
      expect(await values("tags")).toEqual({
        values: [
          { value: "y", count: 2 },
          { value: "x", count: 1 },
        ],
        valuesTruncated: false,
      });
      expect(await values("metadata.plan")).toMatchObject({ values: [{ value: "pro", count: 2 }] });
      expect(await values("environment")).toMatchObject({ values: [{ value: "prod", count: 1 }] });
      expect(await values("model", { predicateScope: "spans" })).toMatchObject({
        values: [{ value: "gpt", count: 1 }],
      });
      expect(await values("tags", { limit: 1 })).toMatchObject({ values: [{ value: "y" }], valuesTruncated: true });
    });

    test("numbers over traces", async () => {
      const hours = (n: number) => start + n * 1_200_000;
      const trace = (id: string, n: number, ms: number, extra: Partial<CreateSpanRecord> = {}) =>
        ended(id, { startedAt: hours(n), endedAt: hours(n) + ms, ...extra });
      await store.batchCreateSpans({
        records: [
          trace("a", 0, 100, { entityName: "x", userId: "u" }),
          trace("b", 1, 200, { entityName: "x", userId: "v", error: "e" }),
          trace("c", -1, 300, { entityName: "x", userId: "u" }),
          trace("d", 0, 50, { metadata: { k: "m" } }),
          root("running"),
        ],
      });
      const measures = ["count", "duration.avg", "duration.p50", "errorCount", "errorRate", "countDistinct.userId"].map(
        (name) => ({ name }),
      );
      const plan = { result: "aggregate", timeRange, dimensions: ["entityName"], measures, limit: 100 };
      const numbers = async (more: object = {}) =>
        (await store.aggregateTraces({ ...plan, ...more })) as { rows: Record<string, unknown>[]; truncated: boolean };
      const x = {
        count: 3,
        "duration.avg": 200,
        "duration.p50": 200,
        errorCount: 1,
        errorRate: 1 / 3,
        "countDistinct.userId": 2,
      };
      const other = {
        count: 1,
        "duration.avg": 50,
        "duration.p50": 50,
        errorCount: 0,
        errorRate: 0,
        "countDistinct.userId": 0,
      };
      expect(await numbers()).toEqual({
        rows: [
          { dimensions: { entityName: "x" }, measures: x },
          { dimensions: { entityName: null }, measures: other },
        ],
        truncated: false,
      });
      expect(await numbers({ limit: 1 })).toMatchObject({ rows: [{ measures: x }], truncated: true });
      const having = { type: "comparison", measure: "count", operator: "lt", value: 2 };
      expect(await numbers({ having })).toMatchObject({
        rows: [{ dimensions: { entityName: null } }],
        truncated: false,
      });
      const orderBy = { target: "dimension", dimension: "entityName", direction: "asc" };
      expect((await numbers({ orderBy })).rows.map(({ dimensions }) => dimensions)).toEqual([
        { entityName: null },
        { entityName: "x" },
      ]);
      expect(await numbers({ where: is("status", "error"), dimensions: [], measures: [{ name: "count" }] })).toEqual({
        rows: [{ measures: { count: 1 } }],
        truncated: false,
      });
      const buckets = await numbers({ interval: "1h", dimensions: ["metadata.k"], measures: [{ name: "count" }] });
      const firstHour = Math.floor((start - 1_200_000) / hour) * hour;
      const counted = new Map<string, number>();
      for (const n of [0, 1, -1]) {
        const bucket = new Date(Math.floor(hours(n) / hour) * hour).toISOString();
        counted.set(bucket, (counted.get(bucket) ?? 0) + 1);
      }
      expect(firstHour).toBeLessThanOrEqual(start);
      expect(
        buckets.rows.filter(({ dimensions }) => (dimensions as { "metadata.k": string | null })["metadata.k"] === null),
      ).toEqual(
        [...counted]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([bucket, count]) => ({ dimensions: { "metadata.k": null }, bucket, measures: { count } })),
      );
      await expect(numbers({ measures: [{ name: "median" }] })).rejects.toMatchObject({ code: "invalid_argument" });
    });

    test("a query that may not take its time says so", async () => {
      for (const timeoutMs of [0, 1.5, 300_001]) {
        await expect(store.queryTraces(keyset, { timeoutMs })).rejects.toMatchObject({ code: "invalid_argument" });
      }
      if (!context.clock) return;
      await store.createSpan({ span: ended("t") });
      const { clock } = context;
      const slow = await context.store<ObservabilityStorage>("observability", {
        clock: {
          ...clock,
          now() {
            clock.advance(10);
            return clock.now();
          },
        },
      });
      await slow.createSpan({ span: ended("t") });
      await expect(slow.queryTraces(keyset, { timeoutMs: 1 })).rejects.toMatchObject({
        id: "TRACE_QUERY_EXECUTION_TIMEOUT",
        details: { status: 504 },
      });
    });
  });
}
