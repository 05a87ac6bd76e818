import { type LegacyTraceInput, legacyTraceToSpan, type ObservabilityStorage, spanToLegacyTrace } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at } from "./spans.ts";

const record = (id: string, extra: Partial<LegacyTraceInput> = {}): LegacyTraceInput => ({
  id,
  traceId: "t",
  name: "n",
  scope: "lib",
  kind: 1,
  startTime: 1_700_000_000_000_000_001n,
  endTime: 1_700_000_000_000_000_002n,
  ...extra,
});

export function legacySuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");

  describe("traces in the form of early releases", () => {
    const ids = async (store: ObservabilityStorage, query: Parameters<ObservabilityStorage["getTraces"]>[0]) =>
      (await store.getTraces(query)).map(({ id }) => id);

    test("every column comes back verbatim", async () => {
      const store = await open();
      const full = {
        id: "a",
        parentSpanId: "p",
        name: "n\0\ud800",
        traceId: "t",
        scope: "@lib/x\0",
        kind: 4,
        attributes: { n: 1, s: "1", nested: [{}] },
        status: { code: 2, message: "m" },
        events: [{ name: "e" }],
        links: [],
        other: ' { "b": 1,  "a": 2 }',
        startTime: 2n ** 63n - 1n,
        endTime: 9_007_199_254_740_993n,
        createdAt: at(5),
      };
      await store.batchTraceInsert({ records: [full] });
      expect(await store.getTraces()).toEqual([full]);
      await store.batchTraceInsert({
        records: [record("b", { startTime: "9223372036854775807", endTime: 5, other: { dropped: 1 } })],
      });
      expect((await store.getTraces({ filters: { id: "b" } }))[0]).toMatchObject({
        parentSpanId: null,
        attributes: null,
        status: null,
        events: null,
        links: null,
        other: '{"dropped":1}',
        startTime: 2n ** 63n - 1n,
        endTime: 5n,
      });
    });

    test("a later record of the same id replaces, when it was stored stays", async () => {
      const store = await open();
      await store.batchTraceInsert({ records: [record("a", { createdAt: at(1), attributes: { old: 1 } })] });
      await store.batchTraceInsert({ records: [record("a"), record("a", { name: "later" })] });
      expect(await store.getTraces()).toMatchObject([{ name: "later", createdAt: at(1), attributes: null }]);
      await store.batchTraceInsert({ records: [] });
    });

    test.each([
      [{ id: "" }],
      [{ id: undefined }],
      [{ traceId: 5 }],
      [{ startTime: 1.5 }],
      [{ startTime: 2 ** 60 }],
      [{ endTime: "soon" }],
      [{ kind: "server" }],
    ])("%j is refused before anything is written", async (extra) => {
      const store = await open();
      await expect(
        store.batchTraceInsert({ records: [record("ok"), { ...record("b"), ...extra } as never] }),
      ).rejects.toMatchObject({ code: "invalid_argument", details: { index: 1 } });
      expect(await store.getTraces()).toEqual([]);
    });

    fd("FD-043", "latest start first, then by id; pages cover each once", async () => {
      const store = await open();
      const records = Array.from({ length: 40 }, (_, index) =>
        record(`r${String((index * 7) % 40).padStart(2, "0")}`, {
          startTime: BigInt(Math.floor(index / 20)) + 2n ** 62n,
        }),
      );
      await store.batchTraceInsert({ records });
      const expected = records
        .toSorted((a, b) => Number((b.startTime as bigint) - (a.startTime as bigint)) || (a.id < b.id ? -1 : 1))
        .map(({ id }) => id);
      const seen: string[] = [];
      for (let page = 0; page < 6; page++) {
        const { traces, ...info } = await store.getTracesPaginated({ page, perPage: 7 });
        seen.push(...traces.map(({ id }) => id));
        expect(info).toEqual({ total: 40, page, perPage: 7, hasMore: page < 5 });
      }
      expect(seen).toEqual(expected);
      expect(await ids(store, { perPage: false })).toEqual(expected);
      expect((await store.getTracesPaginated()).perPage).toBe(100);
      await expect(store.getTraces({ page: -1 })).rejects.toThrow("page must be >= 0");
    });

    test("filters", async () => {
      const store = await open();
      await store.batchTraceInsert({
        records: [
          record("a", { name: "chat", attributes: { n: 5, s: "5", b: true, o: { x: 1 } }, createdAt: at(1) }),
          record("b", { name: "chat.stream", scope: "other", parentSpanId: "a", createdAt: at(2) }),
          record("c", { name: "Chat", kind: 3, attributes: { n: "5", s: 5 }, createdAt: at(3) }),
          record("d", { name: "cha%", startTime: 7n, createdAt: at(4) }),
        ],
      });
      expect((await ids(store, { name: "chat" })).sort()).toEqual(["a", "b"]);
      expect(await ids(store, { name: "cha%" })).toEqual(["d"]);
      expect(await ids(store, { name: "" })).toHaveLength(4);
      expect(await ids(store, { scope: "other" })).toEqual(["b"]);
      expect(await ids(store, { scope: "oth" })).toEqual([]);
      expect((await ids(store, { attributes: { n: "5" } })).sort()).toEqual(["a", "c"]);
      expect(await ids(store, { attributes: { n: "5", b: "true" } })).toEqual(["a"]);
      expect(await ids(store, { attributes: { n: "5.0" } })).toEqual([]);
      expect(await ids(store, { attributes: { o: '{"x":1}' } })).toEqual(["a"]);
      expect(await ids(store, { filters: { kind: 3 } })).toEqual(["c"]);
      expect(await ids(store, { filters: { startTime: "7" } })).toEqual(["d"]);
      expect(await ids(store, { filters: { parentSpanId: "a" } })).toEqual(["b"]);
      expect((await ids(store, { filters: { parentSpanId: null } })).sort()).toEqual(["a", "c", "d"]);
      expect((await ids(store, { dateRange: { start: at(2), end: at(3) } })).sort()).toEqual(["b", "c"]);
      expect(await ids(store, { dateRange: { start: at(2), startExclusive: true, end: at(3) } })).toEqual(["c"]);
      expect(await ids(store, { dateRange: { start: at(3), end: at(2) } })).toEqual([]);
      await expect(store.getTraces({ filters: { colour: 1 } })).rejects.toMatchObject({ code: "invalid_argument" });
      await expect(store.getTraces({ filters: { kind: "3" } })).rejects.toMatchObject({ code: "invalid_argument" });
    });

    test("a row becomes a span that is stored, exported and turned back", async () => {
      const store = await open();
      const attributes = {
        "gen_ai.request.model": "m",
        "gen_ai.usage.input_tokens": 7,
        ratio: 0.5,
        own: { list: [null] },
      };
      const events = [{ name: "e", timeUnixNano: "1700000000000000001" }];
      const rows = [
        record("a", { attributes, status: { code: 1, message: "no" }, events, other: ' { "x": 1}', createdAt: at(1) }),
        record("b", { parentSpanId: "a", startTime: 1_700_000_000_000_123n, endTime: 1_700_000_000_000_456n }),
      ];
      await store.batchTraceInsert({ records: rows });
      const legacy = await store.getTraces();
      await store.batchCreateSpans({ records: legacy.map((row) => legacyTraceToSpan(row)) });
      const { spans = [] } = (await store.getTrace({ traceId: "t" })) ?? {};
      expect(spans.map(({ spanId, error }) => [spanId, error])).toEqual([
        ["a", { message: "no" }],
        ["b", null],
      ]);
      expect(spans[0]?.attributes).toMatchObject({ model: "m", usage: { inputTokens: 7 } });
      const byId = new Map(legacy.map((row) => [row.id, row]));
      for (const span of spans) {
        const { createdAt: _created, ...row } = byId.get(span.spanId) ?? {};
        expect(spanToLegacyTrace(span)).toEqual({ ...row, createdAt: span.createdAt });
      }
      expect(JSON.stringify(await store.exportOtlpTraces({ traceIds: ["t"] }))).not.toContain("legacy");
    });
  });
}
