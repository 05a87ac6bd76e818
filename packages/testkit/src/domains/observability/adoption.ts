import type { ObservabilityStorage } from "@stowage/core";
import type { Engine, Table } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, child, listedIds, root, span } from "./spans.ts";

/** Takes a store's index of traces away, as if its spans had been written before there was one. */
async function withoutIndex(context: DomainContext, fill: (store: ObservabilityStorage) => Promise<void>) {
  const tables = new Map<string, Table>();
  let inner: Engine | undefined;
  const storage = await context.open({
    wrap: (engine) => {
      inner = engine;
      return forward(engine, {
        write: (ops, options) => {
          for (const { table } of ops) tables.set(table.name, table);
          return engine.write(ops, options);
        },
      });
    },
  });
  await fill((await storage.getStore("observability")) as ObservabilityStorage);
  for (const name of ["stowage_trace_index", "stowage_observability_state"]) {
    const table = tables.get(name);
    if (!inner || !table) throw new Error(`the store did not write ${name}`);
    while (!(await inner.removeRange({ table, limit: 1000 })).done);
  }
  const open = async (wrap: (engine: Engine) => Engine = (engine) => engine) =>
    (await (await context.reopen(storage, { wrap })).getStore("observability")) as ObservabilityStorage;
  return open;
}

const records = Array.from({ length: 60 }, (_, index) => [
  root(`t${index}`, { startedAt: at(index), endedAt: at(100), userId: `u${index % 3}`, input: `input ${index}` }),
  ...Array.from({ length: index % 4 }, (_, i) => child(`t${index}`, `s${i}`, { error: index % 5 === 0 ? "e" : null })),
]).flat();

export function adoptionSuite(context: DomainContext): void {
  describe("spans from before the index of traces", () => {
    fd("FD-092", "every trace is listed, with what its spans say", async () => {
      if (!context.canReopen) return;
      const open = await withoutIndex(context, async (store) => {
        await store.batchCreateSpans({ records });
        await store.createSpan({ span: span("many", "a", { startedAt: at(1), userId: "a" }) });
        await store.createSpan({ span: span("many", "b", { startedAt: at(2), userId: "b" }) });
        await store.createSpan({ span: child("rootless", "x", { error: "e" }) });
        const long = Array.from({ length: 2300 }, (_, i) => child("long", `s${i}`));
        await store.batchCreateSpans({ records: [...long, root("long", { userId: "long" })] });
      });
      const store = await open();
      const total = async (filters: object) => (await store.listTraces({ filters })).pagination?.total;
      expect(await total({})).toBe(62);
      expect(await total({ userId: "u1" })).toBe(20);
      expect(await total({ userId: "b" })).toBe(1);
      expect(await total({ userId: "long" })).toBe(1);
      expect(await total({ hasChildError: true })).toBe(9);
      const [first] = (await store.listTracesLight({ filters: { traceId: "t7" } })).spans;
      expect(first).toMatchObject({ status: "success", inputPreview: "input 7" });
      await store.createSpan({ span: root("rootless") });
      expect(await total({ hasChildError: true })).toBe(10);
    });

    test("traces that are written before the index is built come out right", async ({ skip }) => {
      if (!context.canReopen) return skip();
      const open = await withoutIndex(context, (store) => store.batchCreateSpans({ records }));
      const writer = await open();
      await writer.createSpan({ span: child("t1", "new", { error: "e" }) });
      await writer.updateSpan({ traceId: "t5", spanId: "s0", updates: { error: null } });
      await writer.updateSpan({ traceId: "t2", spanId: "root", updates: { userId: "changed" } });
      await writer.createSpan({ span: child("t3", "plain") });
      await writer.createSpan({ span: root("fresh") });
      expect((await writer.getRootSpan({ traceId: "t3" }))?.span.spanId).toBe("root");
      const lister = await open();
      expect((await lister.listTraces()).pagination?.total).toBe(61);
      expect(await listedIds(lister, { filters: { userId: "changed" } })).toEqual(["t2"]);
      const failed = (await lister.listTraces({ filters: { hasChildError: true }, pagination: { perPage: 100 } }))
        .spans;
      const expected = records.filter(({ error }) => error).map(({ traceId }) => traceId);
      expect(failed.map(({ traceId }) => traceId).sort()).toEqual(
        [...new Set([...expected, "t1"])].filter((id) => id !== "t5").sort(),
      );
      await lister.batchDeleteTraces({ traceIds: ["t3"] });
      expect((await writer.listTraces()).pagination?.total).toBe(60);
    });

    test("building goes on after an interruption, at whatever call", async ({ skip }) => {
      if (!context.canReopen) return skip();
      const open = await withoutIndex(context, (store) => store.batchCreateSpans({ records }));
      for (let failAt = 1, met = true; met; failAt++) {
        met = false;
        let call = 0;
        const store = await open((engine) =>
          forward(engine, {
            write: async (ops, options) => {
              if (++call === failAt) {
                met = true;
                throw new Error("interrupted");
              }
              return engine.write(ops, options);
            },
          }),
        );
        await store.listTraces().catch(() => {});
        if (failAt > 20) break;
      }
      const store = await open();
      expect((await store.listTraces()).pagination?.total).toBe(60);
      expect((await store.listTraces({ filters: { userId: "u2" } })).pagination?.total).toBe(20);
    });
  });
}
