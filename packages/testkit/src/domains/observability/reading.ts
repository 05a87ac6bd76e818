import type { ObservabilityStorage } from "@stowage/core";
import type { Engine } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, content, fullSpan, root, span } from "./spans.ts";

const nanos = (offset: number, rest: number) => `${BigInt(at(offset).getTime()) * 1_000_000n + BigInt(rest)}`;

export function readingSuite(context: DomainContext): void {
  const open = () => context.store<ObservabilityStorage>("observability");

  describe("reading single traces", () => {
    test("what is not there is null, an empty list, or left out", async () => {
      const store = await open();
      await store.createSpan({ span: root("t") });
      expect(await store.getSpan({ traceId: "t", spanId: "x" })).toBeNull();
      expect(await store.getSpan({ traceId: "T", spanId: "root" })).toBeNull();
      expect(await store.getSpan({ traceId: "t\0", spanId: "root" })).toBeNull();
      expect(await store.getTrace({ traceId: "x" })).toBeNull();
      expect(await store.getStructure({ traceId: "x" })).toBeNull();
      expect(await store.getTraceLight({ traceId: "x" })).toBeNull();
      expect(await store.getRootSpan({ traceId: "x" })).toBeNull();
      expect(await store.getSpans({ traceId: "x", spanIds: ["root"] })).toEqual({ traceId: "x", spans: [] });
      expect(await store.getSpans({ traceId: "t", spanIds: [] })).toEqual({ traceId: "t", spans: [] });
      const { spans } = await store.getSpans({ traceId: "t", spanIds: ["x", "root", "root"] });
      expect(spans.map(({ spanId }) => spanId)).toEqual(["root"]);
    });

    test("a span is found by its own id alone", async () => {
      const store = await open();
      await store.batchCreateSpans({ records: [root("t"), child("t", "inner"), root("u")] });
      expect((await store.findSpan({ spanId: "inner" }))?.span).toMatchObject({ traceId: "t", spanId: "inner" });
      expect(await store.findSpan({ spanId: "x" })).toBeNull();
      expect(await store.findSpan({ spanId: "inner\0" })).toBeNull();
    });

    test("what traces asked of models", async () => {
      const store = await open();
      const attributes = { model: "m", usage: { inputTokens: 5, outputTokens: 2 } };
      const call = child("t", "call", { parentSpanId: "root", spanType: "model_generation", attributes });
      await store.batchCreateSpans({ records: [root("t"), call, child("t", "tool"), root("u")] });
      expect(await store.getModelCalls({ traceIds: ["u", "t", "x", "t"] })).toEqual({
        traces: [
          { traceId: "u", spanCount: 1, calls: [] },
          {
            traceId: "t",
            spanCount: 3,
            calls: [
              {
                spanId: "call",
                parentSpanId: "root",
                spanType: "model_generation",
                startedAt: expect.any(Date),
                attributes,
              },
            ],
          },
        ],
      });
      expect(await store.getModelCalls({ traceIds: [] })).toEqual({ traces: [] });
      await expect(store.getModelCalls({ traceIds: Array(101).fill("t") })).rejects.toMatchObject({
        code: "invalid_argument",
      });
    });

    fd("FD-055", "empty ids and objects in the place of ids are refused", async () => {
      const store = await open();
      for (const id of ["", undefined, null, { $ne: "" }, ["t"]] as never[]) {
        for (const call of [
          () => store.getSpan({ traceId: id, spanId: "s" }),
          () => store.getSpan({ traceId: "t", spanId: id }),
          () => store.findSpan({ spanId: id }),
          () => store.getSpans({ traceId: id, spanIds: [] }),
          () => store.getSpans({ traceId: "t", spanIds: [id] }),
          () => store.getTrace({ traceId: id }),
          () => store.getStructure({ traceId: id }),
          () => store.getRootSpan({ traceId: id }),
        ]) {
          await expect(call()).rejects.toMatchObject({
            code: "invalid_argument",
            id: expect.stringMatching(/_INVALID_ARGUMENT$/),
          });
        }
      }
    });

    test("spans come by start with nanoseconds, then those without parent, then by id", async () => {
      const store = await open();
      const records = [
        child("t", "late", { startedAt: at(9) }),
        child("t", "c", { startedAt: at(1), otel: { startTimeUnixNano: nanos(1, 2) } }),
        child("t", "d", { startedAt: at(1), otel: { startTimeUnixNano: nanos(1, 1) } }),
        child("t", "\uffff", { startedAt: at(1) }),
        child("t", "😀", { startedAt: at(1) }),
        child("t", "a", { startedAt: at(1) }),
        span("t", "z", { startedAt: at(1) }),
      ];
      await store.batchCreateSpans({ records });
      const expected = ["z", "a", "\uffff", "😀", "d", "c", "late"];
      const ids = (found: { spans: { spanId: string }[] } | null) => found?.spans.map(({ spanId }) => spanId);
      expect(ids(await store.getTrace({ traceId: "t" }))).toEqual(expected);
      expect(ids(await store.getStructure({ traceId: "t" }))).toEqual(expected);
      expect(ids(await store.getSpans({ traceId: "t", spanIds: records.map(({ spanId }) => spanId) }))).toEqual(
        expected,
      );
    });

    test("a trace whose root is missing is still returned", async () => {
      const store = await open();
      await store.createSpan({ span: child("t", "a") });
      expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(1);
      expect(await store.getRootSpan({ traceId: "t" })).toBeNull();
    });

    fd("FD-124", "the structure of a trace carries no payloads", async () => {
      const asked: (readonly string[])[] = [];
      const wrap = (engine: Engine) =>
        forward(engine, {
          read: ((ops, options) => {
            for (const op of ops) if (op.op === "find" || op.op === "get") asked.push(op.columns ?? ["all"]);
            return engine.read(ops, options);
          }) as Engine["read"],
        });
      const store = await context.store<ObservabilityStorage>("observability", { wrap });
      await store.createSpan({ span: { ...fullSpan("t", "s"), input: "x".repeat(100_000) } });
      asked.length = 0;
      await store.getStructure({ traceId: "t" });
      const payloads = ["all", "input", "output", "attributes", "metadata", "tags", "links", "requestContext", "otel"];
      expect(asked.flat().filter((column) => payloads.includes(column))).toEqual([]);
      const [light] = (await store.getStructure({ traceId: "t" }))?.spans ?? [];
      const full = (await store.getSpan({ traceId: "t", spanId: "s" }))?.span as unknown as Record<string, unknown>;
      expect(Object.keys(light ?? {}).sort()).toEqual(
        [
          "traceId spanId parentSpanId name spanType isEvent startedAt endedAt error status",
          "entityType entityId entityName createdAt updatedAt",
        ]
          .join(" ")
          .split(" ")
          .sort(),
      );
      for (const [key, value] of Object.entries(light ?? {})) if (key !== "status") expect(value).toEqual(full[key]);
      expect(light?.status).toBe("error");
    });

    test("long traces are read whole", async () => {
      const store = await open();
      const records = Array.from({ length: 2500 }, (_, index) =>
        child("t", `s${String(index).padStart(5, "0")}`, { startedAt: at(index) }),
      );
      await store.batchCreateSpans({ records });
      expect((await store.getTrace({ traceId: "t" }))?.spans).toHaveLength(2500);
      expect((await store.getStructure({ traceId: "t" }))?.spans.at(-1)?.spanId).toBe("s02499");
    });
  });

  describe("the current root", () => {
    const rootOf = async (store: ObservabilityStorage) => {
      const found = (await store.getRootSpan({ traceId: "t" }))?.span;
      const { spans } = await store.listTraces();
      const { spans: light } = await store.listTracesLight();
      expect(spans.map(({ spanId }) => spanId)).toEqual(found ? [found.spanId] : []);
      expect(light.map(({ spanId }) => spanId)).toEqual(found ? [found.spanId] : []);
      return found?.spanId;
    };

    test("of several roots the latest start is the current one, then the greatest id", async () => {
      const store = await open();
      await store.createSpan({ span: span("t", "b", { startedAt: at(5) }) });
      await store.createSpan({ span: span("t", "a", { startedAt: at(5) }) });
      expect(await rootOf(store)).toBe("b");
      await store.createSpan({ span: span("t", "c", { startedAt: at(4) }) });
      expect(await rootOf(store)).toBe("b");
      await store.createSpan({ span: span("t", "0", { startedAt: at(5), otel: { startTimeUnixNano: nanos(5, 1) } }) });
      expect(await rootOf(store)).toBe("0");
      await store.createSpan({ span: span("t", "d", { startedAt: at(6) }) });
      expect(await rootOf(store)).toBe("d");
    });

    test("a changed parent makes and unmakes roots", async () => {
      const store = await open();
      await store.batchCreateSpans({
        records: [
          span("t", "a", { startedAt: at(1), userId: "ua" }),
          span("t", "b", { startedAt: at(2), userId: "ub" }),
          child("t", "c", { startedAt: at(3), userId: "uc", input: "from c" }),
        ],
      });
      expect(await rootOf(store)).toBe("b");
      const update = (spanId: string, updates: object) => store.updateSpan({ traceId: "t", spanId, updates });
      await update("b", { parentSpanId: "a" });
      expect(await rootOf(store)).toBe("a");
      expect((await store.listTraces({ filters: { userId: "ua" } })).spans).toHaveLength(1);
      expect((await store.listTraces({ filters: { userId: "ub" } })).spans).toHaveLength(0);
      await update("c", { parentSpanId: null });
      expect(await rootOf(store)).toBe("c");
      expect((await store.listTracesLight({ filters: { userId: "uc" } })).spans[0]?.inputPreview).toBe("from c");
      await update("c", { startedAt: at(0) });
      expect(await rootOf(store)).toBe("a");
      await update("a", { parentSpanId: "c" });
      expect(await rootOf(store)).toBe("c");
      await update("c", { parentSpanId: "a" });
      expect(await rootOf(store)).toBeUndefined();
    });

    test("a trace entered from another service shows its first such span until the true root arrives", async () => {
      const store = await open();
      const remote = (spanId: string, offset: number, flags = 0x300) =>
        child("t", spanId, { parentSpanId: "elsewhere", startedAt: at(offset), otel: { kind: 2, flags } });
      await store.createSpan({ span: remote("known only", 0, 0x100) });
      expect(await rootOf(store)).toBeUndefined();
      await store.createSpan({ span: remote("b", 2) });
      await store.createSpan({ span: remote("a", 3) });
      expect(await rootOf(store)).toBe("b");
      await store.createSpan({ span: remote("c", 1) });
      expect(await rootOf(store)).toBe("c");
      const [listed] = (await store.listTraces()).spans;
      expect(listed).toMatchObject({ parentSpanId: "elsewhere", status: "running" });
      await store.updateSpan({ traceId: "t", spanId: "c", updates: { startedAt: at(7) } });
      expect(await rootOf(store)).toBe("b");
      await store.createSpan({ span: root("t", { startedAt: at(-5) }) });
      expect(await rootOf(store)).toBe("root");
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { parentSpanId: "x" } });
      expect(await rootOf(store)).toBe("b");
    });

    test("the status is that of the current root, and any error of any span counts as a child error", async () => {
      const store = await open();
      const state = async () => {
        const [listed] = (await store.listTraces()).spans;
        const { total } = (await store.listTraces({ filters: { hasChildError: true } })).pagination ?? {};
        const [light] = (await store.listTracesLight()).spans;
        expect(light?.status).toBe(listed?.status);
        return [listed?.status, total === 1];
      };
      await store.createSpan({ span: root("t") });
      expect(await state()).toEqual(["running", false]);
      await store.createSpan({ span: child("t", "a", { error: 0 }) });
      await store.createSpan({ span: child("t", "b", { error: false }) });
      expect(await state()).toEqual(["running", true]);
      await store.updateSpan({ traceId: "t", spanId: "a", updates: { error: null } });
      expect(await state()).toEqual(["running", true]);
      await store.updateSpan({ traceId: "t", spanId: "b", updates: { error: null } });
      expect(await state()).toEqual(["running", false]);
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { error: "" } });
      expect(await state()).toEqual(["error", true]);
      await store.updateSpan({ traceId: "t", spanId: "root", updates: { error: null, endedAt: at(4) } });
      expect(await state()).toEqual(["success", false]);
    });

    test("what the lists show is what the root says, after every kind of write", async () => {
      const store = await open();
      const same = async () => {
        const found = (await store.getSpan({ traceId: "t", spanId: "s" }))?.span;
        const { status: _, ...listed } = (await store.listTraces()).spans[0] ?? ({} as never);
        expect(listed).toEqual(found);
        const [light] = (await store.listTracesLight()).spans;
        const { status: _status, inputPreview: _preview, ...rest } = light ?? ({} as never);
        for (const [key, value] of Object.entries(rest)) expect(value, key).toEqual(found?.[key as keyof typeof found]);
      };
      await store.createSpan({ span: { ...fullSpan("t", "s"), endedAt: null, error: null } });
      await same();
      await store.updateSpan({ traceId: "t", spanId: "s", updates: { entityName: "e".repeat(500), tags: ["q"] } });
      await same();
      await store.updateSpan({
        traceId: "t",
        spanId: "s",
        updates: { entityName: "short", entityId: null, entityType: "\0" },
      });
      await same();
      await store.createSpan({ span: { ...fullSpan("t", "s", 40) } });
      await same();
      expect(content((await store.getRootSpan({ traceId: "t" }))?.span)).toEqual(
        content((await store.listTraces()).spans[0] && (await store.getSpan({ traceId: "t", spanId: "s" }))?.span),
      );
    });
  });

  describe("the preview of the input", () => {
    test.each([
      ["nothing", null, null],
      ["blank text", "  \n", null],
      ["text", "hello there", "hello there"],
      ["other JSON", { a: 1 }, '{"a":1}'],
      ["a number", 5, "5"],
      ["false", false, "false"],
      [
        "messages",
        [
          { role: "system", content: "be kind" },
          { role: "user", content: "one" },
          {
            role: "user",
            content: [{ type: "text", text: "two" }, { type: "image" }, { type: "text", text: "three" }],
          },
        ],
        "one | two three",
      ],
      ["messages in an object", { messages: [{ role: "user", content: "one" }], extra: 1 }, "one"],
      ["messages of others", [{ role: "assistant", content: "x" }], null],
      ["an empty list", [], null],
      ["100 units", "a".repeat(100), "a".repeat(100)],
      ["101 units", "a".repeat(101), `${"a".repeat(100)}…`],
      ["a pair at the cut", `${"a".repeat(99)}😀b`, `${"a".repeat(99)}…`],
      ["a pair before the cut", `${"a".repeat(98)}😀b`, `${"a".repeat(98)}😀…`],
    ])("of %s", async (_, input, preview) => {
      const store = await open();
      await store.createSpan({ span: root("t", { input }) });
      expect((await store.listTracesLight()).spans[0]?.inputPreview).toBe(preview);
    });
  });
}
