import { InMemoryStore } from "@stowage/core";
import { beforeEach, expect, test } from "vitest";
import { createServer, type StowageServer } from "../src/index.ts";

const start = Date.now() - 60_000;
const at = (offset: number) => new Date(start + offset);
const timeRange = { from: at(-1000).toISOString(), to: at(120_000).toISOString() };

let server: StowageServer;
beforeEach(async () => {
  const storage = new InMemoryStore();
  server = createServer({ storage });
  const root = (traceId: string, threadId: string, resourceId: string, more: object = {}) => ({
    traceId,
    spanId: "root",
    name: traceId,
    startedAt: at(0),
    endedAt: at(100),
    threadId,
    resourceId,
    ...more,
  });
  await (await storage.getStore("observability"))?.batchCreateSpans({
    records: [
      root("a", "t1", "ada"),
      root("b", "t1", "bob", { error: { message: "x" }, endedAt: at(1010) }),
      root("c", "t2", "ada"),
    ] as never,
  });
});

const post = (body: object) =>
  server.fetch(
    new Request("http://localhost/api/stowage/traces/aggregate", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ timeRange, ...body }),
    }),
  );

test("groups of traces are chosen by their measures, asked for or not", async () => {
  const measure = (op: string, path: string, literal: unknown) => ({ op, left: { path }, right: { literal } });
  const rowsOf = async (having: object) => {
    const answer = await post({ dimensions: ["threadId"], measures: ["count"], having });
    const { rows } = (await answer.json()) as { rows: { dimensions: { threadId: string } }[] };
    return rows.map(({ dimensions }) => dimensions.threadId);
  };
  const all = await rowsOf(measure("gte", "count", 1));
  expect(all).toEqual(["t1", "t2"]);
  expect(await rowsOf(measure("gt", "errorRate", 0))).toEqual(["t1"]);
  expect(await rowsOf(measure("eq", "countDistinct.resourceId", 2))).toEqual(["t1"]);
  expect(await rowsOf({ op: "not", arg: measure("gt", "errorRate", 0) })).toEqual(["t2"]);
  expect(await rowsOf({ op: "in", value: { path: "errorCount" }, set: [7, 8] })).toEqual([]);
  const both = { op: "and", args: [measure("eq", "count", 2), measure("lte", "duration.p95", 1e9)] };
  expect(await rowsOf(both)).toEqual(["t1"]);
  for (const bad of [
    measure("gt", "sum", 1),
    measure("gt", "count", "1"),
    { op: "gt", left: { literal: 1 }, right: { literal: 1 } },
    { op: "in", value: { literal: 1 }, set: [1] },
    Array.from({ length: 13 }).reduce<object>((arg) => ({ op: "not", arg }), measure("gt", "count", 1)),
  ]) {
    const response = await post({ measures: ["count"], having: bad });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ details: { id: "TRACE_QUERY_INVALID" } });
  }
});
