import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findClickhouse, findPostgres } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { modelNames, TraceGenerator } from "./src/traces/generator.ts";
import { ingest } from "./src/traces/ingest.ts";
import { scale } from "./src/traces/scale.ts";
import { type TraceDatabaseKey, traceDatabaseKeys, traceDatabases } from "./src/traces/subjects.ts";

describe("the generator", () => {
  it("makes the same whole traces from the same seed", () => {
    const [one, other] = [new TraceGenerator({ spans: 2000 }), new TraceGenerator({ spans: 2000 })];
    const spans = one.batch(500);
    expect(spans).toEqual(other.batch(500));
    for (const { parentSpanId, traceId } of spans) {
      if (parentSpanId === null) continue;
      expect(spans.some((span) => span.spanId === parentSpanId && span.traceId === traceId)).toBe(true);
    }
    const models = TraceGenerator.metrics(spans).map(({ model }) => model);
    expect(new Set(models)).toEqual(new Set(modelNames));
  });
});

const found: Record<TraceDatabaseKey, () => unknown> = {
  libsql: () => true,
  pg: () => findPostgres("18"),
  clickhouse: findClickhouse,
};

// That everything still runs; no test looks at a time.
describe.each(traceDatabaseKeys.filter((key) => process.env.CI || found[key]()))("traces on %s", (key) => {
  const database = traceDatabases[key];
  let folder: string;
  let places: Awaited<ReturnType<typeof database.start>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "stowage-bench-traces-test-"));
    places = await database.start(folder);
  });
  afterAll(async () => {
    await places.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(database.variants))("%s takes them in", async (variant) => {
    const task = { database: key, variant, spans: 200, writers: 2, batch: 50 };
    expect(await ingest({ ...task, place: places.place(`ingest_${variant}`) })).toBeGreaterThan(0);
  });

  // Counters of rows are up to date a second later only.
  it("they are read at a tenth and at all of them", { timeout: 240_000 }, async () => {
    const stages = await scale({ database: key, place: places.place("scale"), spans: 2000, longTrace: 300 });
    expect(stages).toHaveLength(2);
    const readings = Object.fromEntries(stages[1]!.readings.map(({ name, found }) => [name, found]));
    expect(readings).toMatchObject({
      "20 traces: newest": 20,
      "20 traces: by runId": 1,
      "a trace of 2,000 spans": 300,
    });
    expect(readings["hourly p95 by model, 30 days"]).toBeGreaterThan(0);
  });
});
