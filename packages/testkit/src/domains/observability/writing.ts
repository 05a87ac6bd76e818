import type { ObservabilityStorage } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, content, fullSpan, root, stored } from "./spans.ts";

export function writingSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");

  describe("validation and repair", () => {
    test.each([
      ["spanId", undefined, "OBSERVABILITY_SPAN_ID_REQUIRED"],
      ["spanId", "", "OBSERVABILITY_SPAN_ID_REQUIRED"],
      ["spanId", "a\0b", "OBSERVABILITY_SPAN_ID_REQUIRED"],
      ["spanId", "\ud800", "OBSERVABILITY_SPAN_ID_REQUIRED"],
      ["spanId", "é".repeat(257), "OBSERVABILITY_SPAN_ID_REQUIRED"],
      ["spanId", { $ne: 1 }, "OBSERVABILITY_SPAN_ID_REQUIRED"],
      ["traceId", null, "OBSERVABILITY_TRACE_ID_REQUIRED"],
      ["traceId", 7, "OBSERVABILITY_TRACE_ID_REQUIRED"],
    ])("an unusable %s (%j) is refused before anything is written", async (path, value, id) => {
      const store = await open();
      const records = [root("t"), { ...child("t", "a"), [path]: value } as never];
      await expect(store.batchCreateSpans({ records })).rejects.toMatchObject({
        id,
        domain: "MASTRA_OBSERVABILITY",
        category: "USER",
        details: { index: 1 },
      });
      await expect(
        store.updateSpan({ traceId: "t", spanId: "s", [path]: value, updates: {} } as never),
      ).rejects.toMatchObject({ id });
      expect(await store.getTrace({ traceId: "t" })).toBeNull();
    });

    test.each([undefined, null, "soon", Number.NaN, new Date(Number.NaN), {}])(
      "a start that is no time (%s) is refused",
      async (startedAt) => {
        const store = await open();
        const attempt = store.createSpan({ span: { ...root("t"), startedAt } as never });
        await expect(attempt).rejects.toMatchObject({
          id: expect.stringMatching(/^STOWAGE_.+_CREATE_SPAN_VALIDATION_FAILED$/),
          category: "USER",
          details: { index: 0, status: 400 },
        });
        const batch = store.batchCreateSpans({ records: [root("t"), { ...root("u"), startedAt } as never] });
        await expect(batch).rejects.toMatchObject({
          id: expect.stringMatching(/^STOWAGE_[A-Z0-9_]+_CREATE_SPAN_VALIDATION_FAILED$/),
          details: { index: 1 },
        });
        expect(await store.getTrace({ traceId: "t" })).toBeNull();
      },
    );

    test("ids up to 512 bytes are taken, and compared byte by byte", async () => {
      const store = await open();
      const long = "é".repeat(256);
      await store.batchCreateSpans({ records: [root(long), root("T"), root("t"), root("t ")] });
      expect(await store.getTrace({ traceId: long })).not.toBeNull();
      expect((await store.listTraces()).pagination?.total).toBe(4);
    });

    test("everything else is repaired", async () => {
      const store = await open();
      await store.createSpan({
        span: {
          traceId: "t",
          spanId: "s",
          startedAt: at(0).toISOString(),
          name: 5,
          spanType: "",
          isEvent: "yes",
          endedAt: "never",
          userId: 42,
          sessionId: { a: 1 },
          runId: () => 1,
          parentSpanId: "",
          nonsense: true,
          input: Number.NaN,
          attributes: { when: at(1), big: 12n, gone: undefined, fn() {}, list: [undefined, Number.NaN] },
        } as never,
      });
      expect(await stored(store, "t", "s")).toMatchObject({
        name: "5",
        spanType: "generic",
        isEvent: true,
        startedAt: at(0),
        endedAt: at(0),
        userId: "42",
        sessionId: '{"a":1}',
        runId: null,
        parentSpanId: null,
        input: null,
        attributes: { when: at(1).toISOString(), big: "12", list: [null, null] },
      });
      expect(Object.keys((await stored(store, "t", "s")) ?? {})).not.toContain("nonsense");
    });

    test("a bare span has every nullable property present and null, and no more", async () => {
      const store = await open();
      await store.createSpan({ span: { traceId: "t", spanId: "s", startedAt: at(0) } });
      const found = await stored(store, "t", "s");
      const { traceId, spanId, name, spanType, isEvent, startedAt, ...rest } = found ?? {};
      expect([traceId, spanId, name, spanType, isEvent, startedAt]).toEqual(["t", "s", "", "generic", false, at(0)]);
      expect(new Set(Object.values(rest))).toEqual(new Set([null]));
      expect(Object.keys(rest).sort()).toEqual(
        Object.keys(content(fullSpan("t", "s") as never) ?? {})
          .filter((key) => !["traceId", "spanId", "name", "spanType", "isEvent", "startedAt"].includes(key))
          .concat("parentSpanId")
          .sort(),
      );
    });

    test("an end before the start is accepted", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { startedAt: at(5), endedAt: at(1) }) });
      expect(await stored(store, "t", "root")).toMatchObject({ startedAt: at(5), endedAt: at(1) });
    });

    test("an empty batch is a success", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [] });
      await store.batchUpdateSpans({ records: [] });
      await expect(store.batchCreateSpans({} as never)).rejects.toMatchObject({ code: "invalid_argument" });
    });
  });

  describe("values", () => {
    fd("FD-063", "every property comes back as it was written, whatever characters it holds", async () => {
      const store = await open();
      const records = Array.from({ length: 12 }, (_, seed) => fullSpan("t", `s${seed}`, seed * 7));
      await store.batchCreateSpans({ records });
      const trace = await store.getTrace({ traceId: "t" });
      expect(trace?.spans).toHaveLength(records.length);
      for (const record of records) {
        const expected = { parentSpanId: null, ...record };
        expect(content(trace?.spans.find(({ spanId }) => spanId === record.spanId))).toEqual(expected);
        expect(await stored(store, "t", record.spanId)).toEqual(expected);
      }
      const { spans } = await store.getSpans({ traceId: "t", spanIds: records.map(({ spanId }) => spanId) });
      expect(spans).toEqual(trace?.spans);
      expect((await store.getRootSpan({ traceId: "t" }))?.span).toEqual(trace?.spans.at(-1));
      const [listed] = (await store.listTraces()).spans;
      const { status, ...record } = listed ?? ({} as never);
      expect(status).toBe("error");
      expect(record).toEqual(trace?.spans.at(-1));
    });

    test("texts that look like JSON stay texts, and kinds of values stay apart", async () => {
      const store = await open();
      const values = [
        "5",
        5,
        "true",
        true,
        "null",
        "",
        0,
        false,
        [],
        {},
        "[]",
        "{}",
        '"quoted"',
        "12345678901234567890",
      ];
      await store.batchCreateSpans({
        records: values.map((value, index) =>
          child("t", `s${index}`, { input: value, output: { value }, error: value }),
        ),
      });
      for (const [index, value] of values.entries()) {
        expect(await stored(store, "t", `s${index}`)).toMatchObject({ input: value, output: { value }, error: value });
      }
    });

    test("an empty list of tags and none at all stay apart", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("a", { tags: [] }), root("b", { tags: null }), root("c")] });
      expect((await stored(store, "a", "root"))?.tags).toEqual([]);
      expect((await stored(store, "b", "root"))?.tags).toBeNull();
      expect((await stored(store, "c", "root"))?.tags).toBeNull();
    });

    test("one value that cannot be encoded loses only itself", async () => {
      const store = await open();
      const cycle: Record<string, unknown> = { a: 1 };
      cycle.self = cycle;
      const hostile = {
        get boom() {
          throw new Error("no");
        },
        kept: 1,
      };
      await store.createSpan({
        span: root("t", { attributes: { cycle, hostile, error: new TypeError("bad") }, metadata: { fine: true } }),
      });
      expect(await stored(store, "t", "root")).toMatchObject({
        attributes: {
          cycle: { a: 1, self: "[Circular]" },
          hostile: { boom: null, kept: 1 },
          error: { name: "TypeError", message: "bad" },
        },
        metadata: { fine: true },
      });
    });

    test("results are detached from what was given and from each other", async () => {
      const store = await open();
      const metadata = { a: { b: 1 } };
      await store.createSpan({ span: root("t", { metadata }) });
      metadata.a.b = 2;
      const first = await store.getSpan({ traceId: "t", spanId: "root" });
      expect(first?.span.metadata).toEqual({ a: { b: 1 } });
      Object.assign(first?.span.metadata?.a ?? {}, { b: 3 });
      first?.span.startedAt.setTime(0);
      expect(await stored(store, "t", "root")).toMatchObject({ metadata: { a: { b: 1 } }, startedAt: at(0) });
    });

    test("nanoseconds and the OpenTelemetry envelope are kept", async () => {
      const store = await open();
      const nanos = (offset: number, rest: number) => `${BigInt(at(offset).getTime()) * 1_000_000n + BigInt(rest)}`;
      const otel = {
        kind: 3,
        status: { code: 1 },
        flags: 0x101,
        attributes: [
          { key: "n", value: { intValue: "9007199254740993" } },
          { key: "n", value: { doubleValue: "NaN" } },
        ],
        events: [],
        links: [],
        scope: { name: "lib" },
        resource: { attributes: [] },
        startTimeUnixNano: nanos(0, 123_456),
        endTimeUnixNano: nanos(2, 999_999),
      } as const;
      await store.createSpan({ span: root("t", { endedAt: at(2), otel: otel as never }) });
      expect((await stored(store, "t", "root"))?.otel).toEqual(otel);
      await store.createSpan({ span: root("u", { otel: {} }) });
      expect(await stored(store, "u", "root")).not.toHaveProperty("otel");
    });

    fd("FD-034", "a span that is read and written back is the same span", async () => {
      const store = await open();
      const startTimeUnixNano = `${BigInt(at(3).getTime()) * 1_000_000n + 7n}`;
      await store.createSpan({ span: { ...fullSpan("t", "s"), otel: { kind: 1, startTimeUnixNano } } });
      const before = await store.getSpan({ traceId: "t", spanId: "s" });
      if (before) await store.createSpan({ span: before.span });
      const { otel: _, ...light } = before?.span ?? ({} as never);
      await store.createSpan({ span: light });
      expect(await stored(store, "t", "s")).toEqual(content(before?.span));
      expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(1);
    });
  });

  describe("creating again", () => {
    fd("FD-033", "the same span written one to five times reads once", async () => {
      const store = await open();
      const records = [root("t", { endedAt: at(9) }), ...Array.from({ length: 5 }, (_, i) => child("t", `s${i}`))];
      for (const [index, record] of records.entries()) {
        for (let times = 0; times <= index; times++) await store.createSpan({ span: record });
      }
      await store.batchCreateSpans({ records: [...records, ...records] });
      expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(6);
      expect((await store.listTraces()).pagination?.total).toBe(1);
    });

    test("C2: what is given replaces, what is absent or null stays", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { userId: "u", input: { a: 1, b: 2 }, tags: ["x"] }) });
      await store.createSpan({ span: root("t", { userId: null, input: { a: 3 }, endedAt: at(4) }) });
      expect(await stored(store, "t", "root")).toMatchObject({
        userId: "u",
        input: { a: 3 },
        tags: ["x"],
        endedAt: at(4),
      });
      await store.createSpan({ span: root("t", { endedAt: at(8), output: 1 }) });
      expect(await stored(store, "t", "root")).toMatchObject({ endedAt: at(8), output: 1 });
    });

    test("C3: a late start fills gaps and reopens nothing", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { name: "end", endedAt: at(4), output: "o", startedAt: at(1) }) });
      await store.createSpan({
        span: root("t", { name: "start", startedAt: at(0), output: "early", input: "i", userId: "u", scope: { v: 1 } }),
      });
      expect(await stored(store, "t", "root")).toMatchObject({
        name: "end",
        startedAt: at(1),
        endedAt: at(4),
        output: "o",
        input: "i",
        userId: "u",
        scope: { v: 1 },
      });
      const [listed] = (await store.listTraces({ filters: { userId: "u" } })).spans;
      expect(listed).toMatchObject({ status: "success", input: "i" });
    });

    test("C4: when the store first saw a span stays, when it changed moves", async () => {
      const { clock } = context;
      const store = await open();
      await store.createSpan({ span: root("t") });
      const first = (await store.getSpan({ traceId: "t", spanId: "root" }))?.span;
      expect(first?.updatedAt).toEqual(first?.createdAt);
      if (clock) expect(first?.createdAt).toEqual(new Date(clock.now()));
      clock?.advance(1000);
      await store.createSpan({ span: root("t", { createdAt: at(0), updatedAt: at(0) } as never) });
      const second = (await store.getSpan({ traceId: "t", spanId: "root" }))?.span;
      expect(second?.createdAt).toEqual(first?.createdAt);
      if (clock) expect(second?.updatedAt).toEqual(new Date(clock.now()));
      const [light] = (await store.listTracesLight()).spans;
      expect(light).toMatchObject({ createdAt: second?.createdAt, updatedAt: second?.updatedAt });
    });

    test("a default filled in by repair never replaces a stored value", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { name: "n", spanType: "tool_call", isEvent: true }) });
      await store.createSpan({ span: { traceId: "t", spanId: "root", startedAt: at(0), endedAt: at(1) } });
      expect(await stored(store, "t", "root")).toMatchObject({ name: "n", spanType: "tool_call", isEvent: true });
    });

    test("the same key twice in a batch is folded in order", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          root("t", { userId: "a", input: 1 }),
          root("t", { userId: "b", output: 2 }),
          root("t", { endedAt: at(2) }),
          root("t", { userId: "late", requestContext: { r: 1 } }),
        ],
      });
      expect(await stored(store, "t", "root")).toMatchObject({
        userId: "b",
        input: 1,
        output: 2,
        endedAt: at(2),
        requestContext: { r: 1 },
      });
    });
  });

  describe("updating", () => {
    test("U1, U2: undefined stays, null clears, but never the end, the scope and the links", async () => {
      const store = await open();
      await store.createSpan({
        span: root("t", { userId: "u", input: 1, endedAt: at(3), scope: { a: 1 }, links: [1], tags: ["t"] }),
      });
      await store.updateSpan({
        traceId: "t",
        spanId: "root",
        updates: { userId: undefined, input: null, scope: null, links: null, tags: null, name: null as never },
      });
      expect(await stored(store, "t", "root")).toMatchObject({
        userId: "u",
        input: null,
        endedAt: at(3),
        scope: { a: 1 },
        links: [1],
        tags: null,
        name: "root",
      });
    });

    test("U3: a snapshot from before the end only fills gaps of an ended span", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { output: "final", endedAt: at(3) }) });
      const updates = { endedAt: null, output: "partial", input: "i", error: null, userId: "u" };
      await store.updateSpan({ traceId: "t", spanId: "root", updates });
      expect(await stored(store, "t", "root")).toMatchObject({
        endedAt: at(3),
        output: "final",
        input: "i",
        userId: "u",
      });
    });

    test("U5: a completed span stays writable", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { output: { a: 1, b: 2 }, endedAt: at(3) }) });
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { output: { a: 2 }, endedAt: at(4) } });
      expect(await stored(store, "t", "root")).toMatchObject({ output: { a: 2 }, endedAt: at(4) });
    });

    test("an unusable value in an update leaves the stored one", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { userId: "u", endedAt: at(3) }) });
      const updates = { startedAt: "soon", endedAt: "later", userId: () => 1, isEvent: null, spanType: "" } as never;
      await store.updateSpan({ traceId: "t", spanId: "root", updates });
      expect(await stored(store, "t", "root")).toMatchObject({
        startedAt: at(0),
        endedAt: at(3),
        userId: "u",
        isEvent: false,
        spanType: "agent_run",
      });
    });

    test("identity inside updates and unknown properties are ignored", async () => {
      const store = await open();
      await store.createSpan({ span: root("t") });
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { traceId: "x", spanId: "y", zzz: 1 } as never });
      expect(await store.getTrace({ traceId: "x" })).toBeNull();
      expect(await stored(store, "t", "root")).toMatchObject({ traceId: "t", spanId: "root" });
    });

    test("a span that becomes an event ends where it starts", async () => {
      const store = await open();
      await store.createSpan({ span: root("t", { startedAt: at(7) }) });
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { isEvent: true } });
      expect(await stored(store, "t", "root")).toMatchObject({ isEvent: true, endedAt: at(7) });
    });

    test("a batch of updates is applied in order and costs no more than its spans", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("t"), child("t", "a"), child("t", "b")] });
      await store.batchUpdateSpans({
        records: [
          { traceId: "t", spanId: "a", updates: { output: 1 } },
          { traceId: "t", spanId: "b", updates: { output: 1, endedAt: at(5) } },
          { traceId: "t", spanId: "a", updates: { output: 2 } },
          { traceId: "t", spanId: "b", updates: { output: 9, endedAt: null } },
        ],
      });
      expect(await stored(store, "t", "a")).toMatchObject({ output: 2, endedAt: null });
      expect(await stored(store, "t", "b")).toMatchObject({ output: 1, endedAt: at(5) });
    });
  });

  describe("parked updates", () => {
    test("U4: an update without its span waits unseen, and is merged when the create arrives", async () => {
      const store = await open();
      await store.updateSpan({ traceId: "t", spanId: "s", updates: { output: 1, error: { message: "x" } } });
      await store.updateSpan({ traceId: "t", spanId: "s", updates: { output: 2, endedAt: at(4) } });
      expect(await store.getSpan({ traceId: "t", spanId: "s" })).toBeNull();
      expect(await store.getTrace({ traceId: "t" })).toBeNull();
      expect(await store.getStructure({ traceId: "t" })).toBeNull();
      expect((await store.listTraces()).pagination?.total).toBe(0);
      await store.createSpan({ span: root("t", { output: 0 }) });
      await store.createSpan({ span: child("t", "s", { output: 0, input: "i" }) });
      expect(await stored(store, "t", "s")).toMatchObject({
        output: 2,
        input: "i",
        endedAt: at(4),
        error: { message: "x" },
      });
      expect((await store.listTraces({ filters: { hasChildError: true } })).pagination?.total).toBe(1);
      await store.createSpan({ span: child("t", "s", { endedAt: at(4), output: 3 }) });
      expect(await stored(store, "t", "s")).toMatchObject({ output: 3 });
    });

    test("an update that says enough makes the span", async () => {
      const store = await open();
      const updates = { name: "n", spanType: "generic", isEvent: false, startedAt: at(1), output: 1, userId: null };
      await store.updateSpan({ traceId: "t", spanId: "s", updates });
      expect(await stored(store, "t", "s")).toMatchObject({ name: "n", output: 1, endedAt: null, userId: null });
      expect((await store.listTraces()).pagination?.total).toBe(1);
    });

    test("many parked updates of one span are merged in the order of their arrival", async () => {
      const store = await open();
      for (let i = 0; i < 40; i++) {
        await store.updateSpan({ traceId: "t", spanId: "s", updates: { output: i, metadata: { [`k${i}`]: i } } });
      }
      await store.updateSpan({ traceId: "t", spanId: "other", updates: { output: "other" } });
      await store.createSpan({ span: root("t") });
      await store.batchCreateSpans({ records: [child("t", "s"), child("t", "other")] });
      expect(await stored(store, "t", "s")).toMatchObject({ output: 39, metadata: { k39: 39 } });
      expect(await stored(store, "t", "other")).toMatchObject({ output: "other" });
    });

    test("an update and the create after it in one batch", async () => {
      const store = await open();
      await store.batchUpdateSpans({ records: [{ traceId: "t", spanId: "s", updates: { output: 1 } }] });
      await Promise.all([
        store.updateSpan({ traceId: "t", spanId: "s", updates: { output: 2 } }),
        store.createSpan({ span: child("t", "s") }),
        store.updateSpan({ traceId: "t", spanId: "s", updates: { input: 3 } }),
      ]);
      expect(await stored(store, "t", "s")).toMatchObject({ output: 2, input: 3 });
    });

    test("parked updates are dropped after 24 hours", async ({ skip }) => {
      const { clock } = context;
      if (!clock) return skip();
      const store = await open();
      const messages: string[] = [];
      store.__setLogger({ debug() {}, info() {}, warn: (message) => void messages.push(message), error() {} });
      await store.updateSpan({ traceId: "t", spanId: "a", updates: { output: "stale" } });
      await store.updateSpan({ traceId: "u", spanId: "b", updates: { output: "stale" } });
      clock.advance(23 * 3_600_000);
      await store.updateSpan({ traceId: "t", spanId: "c", updates: { output: "fresh" } });
      clock.advance(3_600_001);
      await store.createSpan({ span: child("t", "a") });
      expect(await stored(store, "t", "a")).toMatchObject({ output: null });
      expect(await store.prune({})).toEqual([]);
      expect(messages.join()).toMatch(/dropped 1 updates/);
      await store.batchCreateSpans({ records: [child("u", "b"), child("t", "c")] });
      expect(await stored(store, "u", "b")).toMatchObject({ output: null });
      expect(await stored(store, "t", "c")).toMatchObject({ output: "fresh" });
    });
  });

  describe("spans that nobody ends", () => {
    test("are ended on request, with the time of their last change; a real end that comes later wins", async () => {
      const store = await open();
      const { clock } = context;
      if (!clock) return;
      const minutesAgo = (n: number) => clock.now() - n * 60_000;
      await store.batchCreateSpans({
        records: [
          root("t", { startedAt: minutesAgo(60) }),
          child("t", "done", { startedAt: minutesAgo(59), endedAt: minutesAgo(58) }),
          child("t", "lost", { startedAt: minutesAgo(59) }),
          child("t", "busy", { startedAt: minutesAgo(59) }),
        ],
      });
      const lastChange = clock.now();
      clock.advance(20 * 60_000);
      await store.updateSpan({ traceId: "t", spanId: "busy", updates: { output: "still here" } });
      const before = await stored(store, "t", "done");
      expect(await store.closeAbandonedSpans({ olderThan: "10m", dryRun: true })).toEqual({ closed: 2, done: true });
      expect(await store.closeAbandonedSpans({ olderThan: "30m" })).toEqual({ closed: 0, done: true });
      expect(await store.closeAbandonedSpans({ olderThan: "10m", limit: 1 })).toEqual({ closed: 1, done: false });
      expect(await store.closeAbandonedSpans({ olderThan: "10m" })).toEqual({ closed: 1, done: true });
      expect(await stored(store, "t", "lost")).toMatchObject({
        endedAt: new Date(lastChange),
        error: { id: "SPAN_ABANDONED", message: expect.any(String) },
      });
      expect(await stored(store, "t", "busy")).toMatchObject({ endedAt: null, error: null });
      expect(await stored(store, "t", "done")).toEqual(before);
      expect((await store.listTraces({ filters: { status: "error" } })).spans.map(({ traceId }) => traceId)).toEqual([
        "t",
      ]);
      const end = new Date(clock.now());
      await store.batchCreateSpans({ records: [root("t", { startedAt: minutesAgo(80), endedAt: end })] });
      await store.updateSpan({ traceId: "t", spanId: "lost", updates: { endedAt: end, output: 1 } });
      expect(await stored(store, "t", "lost")).toMatchObject({ endedAt: end, error: null, output: 1 });
      expect((await store.listTraces({ filters: { hasChildError: false } })).spans).toMatchObject([
        { traceId: "t", status: "success" },
      ]);
      for (const args of [{ olderThan: "soon" }, { olderThan: 5, limit: 0 }]) {
        await expect(store.closeAbandonedSpans(args as never)).rejects.toMatchObject({ code: "invalid_argument" });
      }
    });
  });

  describe("features and strategies", () => {
    test("every strategy works, and both getters give the same object", async () => {
      const store = await open();
      expect(new Set(store.observabilityStrategy.supported)).toEqual(
        new Set(["realtime", "batch-with-updates", "insert-only", "event-sourced"]),
      );
      expect(store.observabilityStrategy.supported).toContain(store.observabilityStrategy.preferred);
      expect(store.tracingStrategy).toBe(store.observabilityStrategy);
      expect(store.runtimeTracingStrategy).toBeUndefined();
    });

    test("the features that are told are there", async () => {
      const store = await open();
      const features = store.getFeatures() ?? [];
      for (const [feature, call] of [
        ["entity-type-discovery", () => store.getEntityTypes({})],
        ["entity-name-discovery", () => store.getEntityNames({})],
        ["service-name-discovery", () => store.getServiceNames({})],
        ["environment-discovery", () => store.getEnvironments({})],
        ["tag-discovery", () => store.getTags({})],
        ["logs", () => store.batchCreateLogs({ logs: [] })],
        ["metrics", () => store.getMetricAggregate({ name: ["n"], aggregation: "count" })],
        ["feedback", () => store.batchCreateFeedback({ feedbacks: [] })],
      ] as const) {
        if ((features as readonly string[]).includes(feature)) await call();
        else {
          await expect(call(), feature).rejects.toMatchObject({
            id: expect.stringMatching(/_NOT_IMPLEMENTED$/),
            domain: "MASTRA_OBSERVABILITY",
            category: "SYSTEM",
          });
        }
      }
    });
  });
}
