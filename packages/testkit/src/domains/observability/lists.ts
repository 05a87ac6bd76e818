import type { ListTracesArgs, ObservabilityStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, contextFields, counting, listedIds, noCalls, root, span } from "./spans.ts";

const both = ["ASC", "DESC"] as const;

export function listsSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");

  describe("pages and orders of traces", () => {
    test("defaults: latest start first, ten to a page", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: Array.from({ length: 12 }, (_, index) => root(`t${index}`, { startedAt: at(index) })),
      });
      const first = await store.listTraces();
      expect(first.spans.map(({ traceId }) => traceId)).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2].map((i) => `t${i}`));
      expect(first.pagination).toEqual({ total: 12, page: 0, perPage: 10, hasMore: true });
      const second = await store.listTraces({ pagination: { page: "1" as never, perPage: "10" as never } });
      expect(second.spans.map(({ traceId }) => traceId)).toEqual(["t1", "t0"]);
      expect(second.pagination).toEqual({ total: 12, page: 1, perPage: 10, hasMore: false });
      const beyond = await store.listTraces({ pagination: { page: 5 } });
      expect(beyond).toMatchObject({ spans: [], pagination: { total: 12, page: 5, perPage: 10, hasMore: false } });
    });

    test("traces without root are not listed", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [child("a", "x", { error: "e" }), child("b", "x")] });
      expect(await store.listTraces()).toMatchObject({ spans: [], pagination: { total: 0 } });
      expect(await listedIds(store, { filters: { traceId: "a" } })).toEqual([]);
      expect(await listedIds(store, { filters: { hasChildError: true } })).toEqual([]);
    });

    test("by end: running traces first downwards, last upwards", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("e1", { endedAt: at(10), startedAt: at(1) }),
          root("e2", { endedAt: at(20), startedAt: at(0) }),
          root("e3", { endedAt: at(20), startedAt: at(2) }),
          root("r1", { startedAt: at(1) }),
          root("r2", { startedAt: at(3) }),
          root("r0", { startedAt: at(1), error: "still open" }),
        ],
      });
      const order = (direction: "ASC" | "DESC") => listedIds(store, { orderBy: { field: "endedAt", direction } });
      expect(await order("DESC")).toEqual(["r2", "r0", "r1", "e3", "e2", "e1"]);
      expect(await order("ASC")).toEqual(["e1", "e2", "e3", "r0", "r1", "r2"]);
    });

    fd(
      "FD-040",
      "pages of traces with equal times cover each once, in both directions and for both fields",
      async () => {
        const store = await open();
        const records = Array.from({ length: 300 }, (_, index) =>
          root(`t${(index * 7919) % 300}`.padEnd(6, "é"), {
            startedAt: at(Math.floor(index / 150)),
            endedAt: index % 4 === 0 ? null : at(99),
            userId: index % 3 === 0 ? "u" : "v",
          }),
        );
        await store.batchCreateSpans({ records });
        const byText = (a: string, b: string) => (a < b ? -1 : 1);
        for (const field of ["startedAt", "endedAt"] as const) {
          for (const direction of both) {
            for (const filters of [{}, { userId: "u" }]) {
              const perPage = filters.userId ? 13 : 7;
              const wanted = records.filter(({ userId }) => !filters.userId || userId === filters.userId);
              const sign = direction === "ASC" ? 1 : -1;
              const rank = (record: (typeof records)[number]) => {
                const end = record.endedAt ? Number(record.endedAt) : Number.MAX_SAFE_INTEGER;
                return field === "endedAt" ? end : 0;
              };
              const expected = wanted
                .toSorted(
                  (a, b) =>
                    sign * (rank(a) - rank(b)) ||
                    sign * (Number(a.startedAt) - Number(b.startedAt)) ||
                    byText(a.traceId, b.traceId),
                )
                .map(({ traceId }) => traceId);
              const seen: string[] = [];
              const light: string[] = [];
              for (let page = 0; ; page++) {
                const args: ListTracesArgs = { filters, orderBy: { field, direction }, pagination: { page, perPage } };
                const answer = await store.listTraces(args);
                expect(answer.pagination?.total).toBe(expected.length);
                seen.push(...answer.spans.map(({ traceId }) => traceId));
                const uncounted = await store.listTracesLight({ ...args, includeTotal: false });
                light.push(...uncounted.spans.map(({ traceId }) => traceId));
                const hasMore = answer.pagination?.hasMore ?? false;
                expect(uncounted.pagination).toEqual({ total: light.length, page, perPage, hasMore });
                if (!hasMore) break;
              }
              expect(seen, `${field} ${direction}`).toEqual(expected);
              expect(light).toEqual(expected);
            }
          }
        }
      },
      60_000,
    );

    test.each([
      [{ pagination: { page: -1 } }],
      [{ pagination: { page: 1.5 } }],
      [{ pagination: { page: "x" } }],
      [{ pagination: { perPage: 0 } }],
      [{ pagination: { perPage: 101 } }],
      [{ pagination: { perPage: false } }],
      [{ pagination: "1" }],
      [{ orderBy: { field: "name" } }],
      [{ orderBy: { direction: "desc" } }],
      [{ orderBy: { field: { $gt: 1 } } }],
      [{ includeTotal: "no" }],
      [{ includeTotal: false, mode: "delta" }],
      [{ mode: "stream" }],
      [{ after: "cursor" }],
      [{ limit: 5 }],
      [{ page: 1 }],
      [{ filters: [] }],
      [{ filters: { organisationId: "o" } }],
      [{ filters: { userId: 5 } }],
      [{ filters: { userId: { $ne: null } } }],
      [{ filters: { tags: "a" } }],
      [{ filters: { tags: [1] } }],
      [{ filters: { metadata: "a" } }],
      [{ filters: { status: "done" } }],
      [{ filters: { status: null } }],
      [{ filters: { hasChildError: "yes" } }],
      [{ filters: { startedAt: "2026" } }],
      [{ filters: { startedAt: { start: "soon" } } }],
      [{ filters: { startedAt: { from: 1 } } }],
      [{ filters: { endedAt: { end: 1, endExclusive: "no" } } }],
    ])("%j is refused before anything is read", async (args) => {
      const calls = noCalls();
      const store = await context.store<ObservabilityStorage>("observability", { wrap: counting(calls) });
      await store.listTraces();
      const before = calls.reads;
      for (const list of [store.listTraces(args as never), store.listTracesLight(args as never)]) {
        await expect(list).rejects.toMatchObject({
          id: expect.stringMatching(/_LIST_TRACES(_LIGHT)?_INVALID_ARGUMENT$/),
          category: "USER",
          details: { status: 400 },
        });
      }
      expect(calls.reads).toBe(before);
    });

    test("light elements say where their trace belongs when asked", async () => {
      const store = await open();
      const threadId = "t".repeat(300);
      const context = { threadId, resourceId: "ada", userId: null, environment: "test", tags: ["a", "b"] };
      await store.batchCreateSpans({
        records: [root("with", context), root("without", { startedAt: at(-1) })],
      });
      const { spans } = await store.listTracesLight({ context: true });
      expect(spans.map(({ context }) => context)).toEqual([
        { ...context, sessionId: null, runId: null, serviceName: null },
        expect.objectContaining({ threadId: null, tags: null }),
      ]);
      expect((await store.listTracesLight()).spans[0]).not.toHaveProperty("context");
      await expect(store.listTracesLight({ context: 1 } as never)).rejects.toMatchObject({ category: "USER" });
    });

    fd("FD-124", "a page of light records of large traces stays small", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: Array.from({ length: 20 }, (_, index) =>
          root(`t${index}`, {
            input: "i".repeat(50_000),
            output: "o".repeat(50_000),
            attributes: { big: "a".repeat(9_000) },
          }),
        ),
      });
      const { spans } = await store.listTracesLight({ pagination: { perPage: 20 } });
      expect(spans).toHaveLength(20);
      expect(JSON.stringify(spans).length).toBeLessThan(20 * 1024);
    });

    test("a list is one round trip for the index and one for the roots", async () => {
      const calls = noCalls();
      const store = await context.store<ObservabilityStorage>("observability", { wrap: counting(calls) });
      await store.batchCreateSpans({
        records: Array.from({ length: 30 }, (_, i) => root(`t${i}`, { startedAt: at(i) })),
      });
      await store.listTraces();
      calls.reads = 0;
      await store.listTraces({ pagination: { page: 1 } });
      expect(calls.reads).toBe(2);
      calls.reads = 0;
      await store.listTracesLight({ pagination: { page: 1 } });
      expect(calls.reads).toBe(1);
    });
  });

  describe("filters of traces", () => {
    const matches = async (store: ObservabilityStorage, filters: object) => {
      const args = { filters, pagination: { perPage: 100 } } as ListTracesArgs;
      const found = (await listedIds(store, args)).sort();
      const light = (await store.listTracesLight(args)).spans.map(({ traceId }) => traceId).sort();
      expect(light).toEqual(found);
      const byEnd = await listedIds(store, { ...args, orderBy: { field: "endedAt", direction: "ASC" } });
      expect(byEnd.sort()).toEqual(found);
      return found;
    };

    test.each([...contextFields, "spanType"] as const)(
      "%s matches by equality, and null where there is none",
      async (field) => {
        const store = await open();
        const long = "l".repeat(3000);
        await store.batchCreateSpans({
          records: [
            root("hit", { [field]: "Value" }),
            root("case", { [field]: "value" }),
            root("prefix", { [field]: "Value " }),
            root("none", { [field]: null }),
            root("empty", { [field]: "" }),
            root("nul", { [field]: "Value\0" }),
            root("long", { [field]: long }),
            root("longer", { [field]: `${long}x` }),
            root("number", { [field]: 5 as never }),
            child("child", "c", { [field]: "Value" }),
          ],
        });
        const listed = await matches(store, {});
        expect(listed).toHaveLength(9);
        expect(await matches(store, { [field]: undefined })).toEqual(listed);
        expect(await matches(store, { [field]: "Value" })).toEqual(["hit"]);
        expect(await matches(store, { [field]: "Value\0" })).toEqual(["nul"]);
        expect(await matches(store, { [field]: long })).toEqual(["long"]);
        expect(await matches(store, { [field]: "5" })).toEqual(["number"]);
        expect(await matches(store, { [field]: "%" })).toEqual([]);
        expect(await matches(store, { [field]: "'; DROP TABLE mastra_ai_spans; --" })).toEqual([]);
        if (field === "spanType") {
          expect(await matches(store, { spanType: null })).toEqual([]);
          expect(await matches(store, { spanType: "generic" })).toEqual(["empty", "none"]);
        } else {
          expect(await matches(store, { [field]: null })).toEqual(["none"]);
          expect(await matches(store, { [field]: "" })).toEqual(["empty"]);
        }
        if (field === "source") expect(await matches(store, { executionSource: "Value" })).toEqual(["hit"]);
      },
    );

    test("traceId", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("t"), root("T"), child("c", "x")] });
      expect(await matches(store, { traceId: "t" })).toEqual(["t"]);
      expect(await matches(store, { traceId: "c" })).toEqual([]);
      expect(await matches(store, { traceId: null })).toEqual([]);
      expect(await matches(store, { traceId: "" })).toEqual([]);
      expect(await matches(store, { traceId: "t", status: "success" })).toEqual([]);
      expect(await matches(store, { traceId: "t", startedAt: { start: at(1) } })).toEqual([]);
    });

    fd("FD-178", "what is left out is no condition", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("a", { tags: ["x"], metadata: { k: 1 } }), root("b")] });
      for (const filters of [
        undefined,
        null,
        {},
        { userId: undefined, startedAt: undefined },
        { tags: [] },
        { tags: null },
        { metadata: {} },
        { metadata: null },
        { scope: {} },
        { metadata: { k: undefined } },
        { startedAt: {} },
        { startedAt: null },
        { endedAt: { start: undefined, end: null, startExclusive: true } },
      ]) {
        expect(await matches(store, filters as never), JSON.stringify(filters)).toEqual(["a", "b"]);
      }
    });

    test("several conditions are joined by AND", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("a", { organizationId: "o", resourceId: "r", threadId: "t" }),
          root("b", { organizationId: "o", resourceId: "r" }),
          root("c", { organizationId: "p", resourceId: "r", threadId: "t" }),
        ],
      });
      expect(await matches(store, { organizationId: "o", resourceId: "r" })).toEqual(["a", "b"]);
      expect(await matches(store, { organizationId: "o", resourceId: "r", threadId: "t" })).toEqual(["a"]);
      expect(await matches(store, { organizationId: "o", threadId: null })).toEqual(["b"]);
      expect(await matches(store, { organizationId: null, threadId: "t" })).toEqual([]);
    });

    test("ranges: ends included unless told otherwise, running traces never match an end", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [1, 2, 3]
          .map((i) => root(`t${i}`, { startedAt: at(i), endedAt: at(10 + i) }))
          .concat(root("running", { startedAt: at(2) })),
      });
      const started = (range: object) => matches(store, { startedAt: range });
      const ended = (range: object) => matches(store, { endedAt: range });
      expect(await started({ start: at(2) })).toEqual(["running", "t2", "t3"]);
      expect(await started({ end: at(2).toISOString() })).toEqual(["running", "t1", "t2"]);
      expect(await started({ start: at(2).getTime(), end: at(2) })).toEqual(["running", "t2"]);
      expect(await started({ start: at(1), startExclusive: true, end: at(3), endExclusive: true })).toEqual([
        "running",
        "t2",
      ]);
      expect(await started({ start: at(1), startExclusive: false, end: at(3), endExclusive: "false" })).toHaveLength(4);
      expect(await started({ start: at(3), end: at(1) })).toEqual([]);
      expect(await started({ start: at(2), end: at(2), endExclusive: true })).toEqual([]);
      expect(await ended({ start: at(12) })).toEqual(["t2", "t3"]);
      expect(await ended({ end: at(12) })).toEqual(["t1", "t2"]);
      expect(await ended({ start: at(0) })).toEqual(["t1", "t2", "t3"]);
      expect(await ended({ start: at(12), startExclusive: true })).toEqual(["t3"]);
      expect(await ended({ start: at(13), end: at(12) })).toEqual([]);
    });

    test("tags: all of them, exactly", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("ab", { tags: ["a", "b"] }),
          root("a", { tags: ["a"] }),
          root("upper", { tags: ["A"] }),
          root("space", { tags: [" a"] }),
          root("quote", { tags: ['"a"', "\\", "\0"] }),
          root("none", { tags: [] }),
          root("null"),
        ],
      });
      expect(await matches(store, { tags: ["a"] })).toEqual(["a", "ab"]);
      expect(await matches(store, { tags: ["b", "a", "a"] })).toEqual(["ab"]);
      expect(await matches(store, { tags: ["a", "c"] })).toEqual([]);
      expect(await matches(store, { tags: ['"a"'] })).toEqual(["quote"]);
      expect(await matches(store, { tags: ["\\", "\0"] })).toEqual(["quote"]);
    });

    test.each(["metadata", "scope"] as const)(
      "%s: each key given is a top-level member and deeply equal",
      async (field) => {
        const store = await open();
        const values: Record<string, Record<string, unknown>> = {
          number: { k: 1 },
          text: { k: "1" },
          yes: { k: true },
          null: { k: null },
          object: { k: { a: 1, b: [1, 2] } },
          more: { k: { a: 1, b: [1, 2], c: 3 } },
          list: { k: [1, 2] },
          longer: { k: [1, 2, 3] },
          other: { j: 1 },
          dotted: { "k.a": 1, $where: "x", "a b": { "'": '"' }, "": 0, 日本: 1, __proto__x: 1 },
        };
        await store.batchCreateSpans({
          records: [
            ...Object.entries(values).map(([traceId, value]) => root(traceId, { [field]: value })),
            root("absent"),
          ],
        });
        const found = (value: Record<string, unknown>) => matches(store, { [field]: value });
        expect(await found({ k: 1 })).toEqual(["number"]);
        expect(await found({ k: "1" })).toEqual(["text"]);
        expect(await found({ k: true })).toEqual(["yes"]);
        expect(await found({ k: "true" })).toEqual([]);
        expect(await found({ k: null })).toEqual(["null"]);
        expect(await found({ k: { b: [1, 2], a: 1 } })).toEqual(["object"]);
        expect(await found({ k: { a: 1 } })).toEqual([]);
        expect(await found({ k: [1, 2] })).toEqual(["list"]);
        expect(await found({ k: [2, 1] })).toEqual([]);
        expect(await found({ j: 1, k: 1 })).toEqual([]);
        expect(await found({ "k.a": 1 })).toEqual(["dotted"]);
        expect(await found({ $where: "x", "a b": { "'": '"' }, "": 0, 日本: 1 })).toEqual(["dotted"]);
        expect(await found({ toString: "x" })).toEqual([]);
      },
    );

    test("status and child errors partition the traces", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("running"),
          root("success", { endedAt: at(1) }),
          root("error", { endedAt: at(1), error: { message: "x" } }),
          root("open error", { error: "" }),
          root("child error", { endedAt: at(1) }),
          child("child error", "c", { error: 0 }),
        ],
      });
      expect(await matches(store, { status: "running" })).toEqual(["running"]);
      expect(await matches(store, { status: "success" })).toEqual(["child error", "success"]);
      expect(await matches(store, { status: "error" })).toEqual(["error", "open error"]);
      expect(await matches(store, { hasChildError: true })).toEqual(["child error", "error", "open error"]);
      expect(await matches(store, { hasChildError: "false" })).toEqual(["running", "success"]);
      expect(await matches(store, { hasChildError: "true", status: "success" })).toEqual(["child error"]);
    });

    test("conditions look at the current root alone", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          span("t", "old", { startedAt: at(0), userId: "old", tags: ["old"] }),
          span("t", "new", { startedAt: at(1), userId: "new" }),
        ],
      });
      expect(await matches(store, { userId: "old" })).toEqual([]);
      expect(await matches(store, { tags: ["old"] })).toEqual([]);
      expect(await matches(store, { userId: "new", startedAt: { start: at(1) } })).toEqual(["t"]);
    });
  });
}
