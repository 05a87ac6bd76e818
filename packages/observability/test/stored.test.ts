import { InMemoryStore, type ObservabilityStorage } from "@stowage/core";
import { beforeEach, describe, expect, test } from "vitest";
import { PriceTable, recost, redact } from "../src/index.ts";

let storage: InMemoryStore;
let store: ObservabilityStorage;
const minutes = (number: number) => new Date(Date.now() - number * 60_000);
const key = "sk-abcdefghijklmnopqrstuvwx";

beforeEach(async () => {
  storage = new InMemoryStore();
  store = (await storage.getStore("observability")) as ObservabilityStorage;
  const span = (traceId: string, spanId: string, at: Date, more: object) => ({
    ...{ traceId, spanId, name: spanId, startedAt: at, endedAt: at },
    ...more,
  });
  const call = (model: string, more: object = {}) => ({
    spanType: "model_generation",
    attributes: { model, usage: { inputTokens: 1_000_000 }, ...more },
  });
  const old = { cost: { estimatedCost: 1, costUnit: "USD", priceVersion: "old" } };
  await store.batchCreateSpans({
    records: [
      span("a", "root", minutes(60), { input: { password: "hunter2", city: "Bern" } }),
      span("a", "call", minutes(60), { parentSpanId: "root", output: `your key is ${key}`, ...call("m", old) }),
      span("b", "call", minutes(10), call("m")),
      span("c", "gone", minutes(5), call("gone", old)),
      { ...span("d", "running", minutes(1), { input: key }), endedAt: undefined },
    ] as never,
  });
  await store.batchCreateLogs({
    logs: [{ logId: "l", level: "info", message: `with ${key}`, timestamp: minutes(20), data: { ok: true } }],
  });
});

const prices = () =>
  new PriceTable("new", [
    { provider: "*", model: "m", validFrom: "2020-01-01", currency: "EUR", meters: { input: 3 } },
  ]);
const costs = async () =>
  Promise.all(
    ["a", "b", "c"].map(
      async (traceId) => (await store.getTrace({ traceId }))?.spans.at(-1)?.attributes?.cost as object | undefined,
    ),
  );

describe("costs", () => {
  const fresh = { estimatedCost: 3, costUnit: "EUR", priceVersion: "new" };

  test("are computed anew where prices have changed, and sums follow", async () => {
    const before = await costs();
    expect(await recost({ storage, prices: prices(), dryRun: true })).toEqual({
      calls: 3,
      changed: 2,
      unknown: ["?/gone"],
    });
    expect(await costs()).toEqual(before);
    expect(await recost({ storage, prices: prices() })).toMatchObject({ calls: 3, changed: 2 });
    expect(await costs()).toEqual([fresh, fresh, before[2]]);
    expect((await store.getTrace({ traceId: "a" }))?.spans[1]).toMatchObject({
      output: `your key is ${key}`,
      attributes: { model: "m", usage: { inputTokens: 1_000_000 } },
    });
    expect((await store.getTraceRollups({ traceIds: ["a"] })).rollups).toMatchObject([{ costs: { EUR: 3 } }]);
    expect(await recost({ storage, prices: prices() })).toMatchObject({ changed: 0 });
  });

  test("of a time only", async () => {
    expect(await recost({ storage: store, prices: prices(), since: minutes(30) })).toMatchObject({ changed: 1 });
    const [a, b] = await costs();
    expect([a, b]).toEqual([expect.objectContaining({ priceVersion: "old" }), fresh]);
  });
});

describe("secrets that are stored already", () => {
  const text = async () => {
    const traces = await Promise.all(["a", "b", "c", "d"].map((traceId) => store.getTrace({ traceId })));
    return JSON.stringify([traces, (await store.listLogs()).logs]);
  };

  test("are told of, then hidden, and nothing else changes", async () => {
    const before = await text();
    const expected = {
      records: {
        spans: { seen: 5, changed: 3 },
        logs: { seen: 1, changed: 1 },
        metrics: { seen: 0, changed: 0 },
        scores: { seen: 0, changed: 0 },
        feedback: { seen: 0, changed: 0 },
      },
      members: { "spans.input": 2, "spans.output": 1, "logs.message": 1 },
    };
    expect(await redact({ storage, dryRun: true })).toEqual(expected);
    expect(await text()).toBe(before);
    expect(await redact({ storage })).toEqual(expected);
    const after = await text();
    expect(after).not.toMatch(/hunter2|sk-abc/);
    expect((await store.getTrace({ traceId: "a" }))?.spans).toMatchObject([
      { input: { password: "[hidden]", city: "Bern" } },
      { output: "your key is [hidden]", attributes: { cost: { priceVersion: "old" } } },
    ]);
    expect((await store.getTrace({ traceId: "d" }))?.spans).toMatchObject([{ input: "[hidden]", endedAt: null }]);
    expect((await store.listLogs()).logs).toMatchObject([{ message: "with [hidden]", data: { ok: true } }]);
    expect((await redact({ storage })).members).toEqual({});
  });

  test("in any style, once", async () => {
    for (const style of ["partial", "hash", "label"] as const) {
      await redact({ storage, sensitiveData: { style } });
      expect((await redact({ storage, sensitiveData: { style } })).members).toEqual({});
    }
  });
});
