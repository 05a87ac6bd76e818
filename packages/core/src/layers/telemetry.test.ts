import { type Meter, type MeterProvider, metrics, type Tracer, type TracerProvider, trace } from "@opentelemetry/api";
import { afterEach, describe, expect, test } from "vitest";
import { note, notes } from "../../test/notes.ts";
import { text } from "../engine/column.ts";
import { MemoryEngine } from "../engine/memory/memory-engine.ts";
import { check, find, get, insert, remove, upsert } from "../engine/operations.ts";
import { defineTable } from "../engine/table.ts";
import { StorageError } from "../errors.ts";
import { forward, stack } from "./stack.ts";
import { type TelemetryOptions, telemetry } from "./telemetry.ts";

interface Recorded {
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  status?: { code: number; message?: string };
  ended: number;
}

function recorder() {
  const spans: Recorded[] = [];
  const points: { name: string; value: number; attributes: Record<string, unknown> }[] = [];
  const tracer = {
    startSpan(name: string, { kind, attributes }: { kind: number; attributes: Record<string, unknown> }) {
      const span: Recorded = { name, kind, attributes: { ...attributes }, ended: 0 };
      spans.push(span);
      return {
        setAttribute: (key: string, value: unknown) => {
          span.attributes[key] = value;
        },
        setStatus: (status: { code: number }) => {
          span.status = status;
        },
        end: () => {
          span.ended++;
        },
      };
    },
  };
  const instrument = (name: string) => {
    const note = (value: number, attributes: Record<string, unknown>) =>
      void points.push({ name, value, attributes: { ...attributes } });
    return { record: note, add: note };
  };
  const meter = { createHistogram: instrument, createCounter: instrument };
  return { spans, points, tracer, meter };
}

const other = defineTable("stowage_test_other", { id: text() }, { key: ["id"] });

function observed(options: Partial<TelemetryOptions> = {}) {
  const { spans, points, tracer, meter } = recorder();
  const engine = stack(new MemoryEngine(), [telemetry({ tracer, meter, ...options })]);
  return { engine, spans, points };
}

describe("telemetry", () => {
  test("makes one client span for a call, named after operation and table", async () => {
    const { engine, spans } = observed({ namespace: "app" });
    await engine.converge([notes, other]);
    await engine.write([insert(notes, note("a"))]);
    await engine.write([upsert(notes, note("b")), upsert(notes, note("c"))]);
    await engine.write([check(notes, ["a"], "exists"), remove(other, ["x"])]);
    await engine.read([get(notes, [["a"]])]);
    await engine.read([get(notes, [["a"]]), find(notes, { path: "all", eq: { owner: "o" } })]);
    await engine.removeRange({ table: notes, limit: 1 });
    expect(spans.map((span) => span.name)).toEqual([
      "converge app",
      "insert stowage_test_notes",
      "BATCH upsert stowage_test_notes",
      "BATCH app",
      "get stowage_test_notes",
      "BATCH stowage_test_notes",
      "removeRange stowage_test_notes",
    ]);
    expect(spans.every((span) => span.kind === 2 && span.ended === 1 && span.status === undefined)).toBe(true);
    expect(spans[2]?.attributes).toEqual({
      "db.system.name": "memory",
      "db.namespace": "app",
      "db.operation.name": "BATCH upsert",
      "db.operation.batch.size": 2,
      "db.collection.name": "stowage_test_notes",
    });
  });

  test("tells how many rows a read gave", async () => {
    const { engine, spans, points } = observed();
    await engine.write([insert(notes, note("a")), insert(notes, note("b"))]);
    await engine.read([get(notes, [["a"], ["missing"]]), find(notes, { path: "all", eq: { owner: "o" } })]);
    expect(spans[1]?.attributes["db.response.returned_rows"]).toBe(3);
    expect(points.filter(({ name }) => name === "db.client.response.returned_rows").map(({ value }) => value)).toEqual([
      3,
    ]);
  });

  test("measures every call in seconds", async () => {
    const { engine, points } = observed();
    await engine.write([insert(notes, note("a"))]);
    const [duration] = points;
    expect(duration).toMatchObject({
      name: "db.client.operation.duration",
      attributes: { "db.operation.name": "insert", "db.collection.name": "stowage_test_notes" },
    });
    expect(duration?.value).toBeGreaterThanOrEqual(0);
  });

  test("marks a failed call with its code, and passes the error on as it is", async () => {
    const { tracer, meter, spans, points } = recorder();
    const failure = new StorageError("no", { code: "unavailable" });
    const dead = forward(new MemoryEngine(), { write: () => Promise.reject(failure) });
    const engine = stack(dead, [telemetry({ tracer, meter })]);
    await expect(engine.write([insert(notes, note("a"))])).rejects.toBe(failure);
    expect(spans[0]).toMatchObject({
      status: { code: 2, message: "no" },
      attributes: { "error.type": "unavailable" },
      ended: 1,
    });
    expect(points[0]?.attributes["error.type"]).toBe("unavailable");
  });

  test("FD-173: counts a conflict and calls it no error", async () => {
    const { engine, spans, points } = observed();
    await engine.write([insert(notes, note("a"))]);
    await expect(engine.write([insert(notes, note("a"))])).rejects.toThrow();
    expect(spans[1]?.status).toBeUndefined();
    expect(spans[1]?.attributes["error.type"]).toBe("conflict");
    const conflicts = points.filter(({ name }) => name === "stowage.conflicts");
    expect(conflicts).toMatchObject([{ value: 1, attributes: { "stowage.conflict.reason": "absent" } }]);
  });

  test("records no stored value", async () => {
    const { engine, spans, points } = observed();
    const secret = "canary-93f1";
    await engine.write([upsert(notes, note(secret, { body: secret, owner: secret }))]);
    await engine.read([
      find(notes, { path: "all", eq: { owner: secret }, filter: { op: "eq", column: "body", value: secret } }),
    ]);
    await expect(engine.write([insert(notes, note(secret))])).rejects.toThrow();
    expect(JSON.stringify([spans, points])).not.toContain(secret);
  });

  test("knows databases by the names of the conventions", async () => {
    const { tracer, meter, spans } = recorder();
    for (const [name, system] of [
      ["pg", "postgresql"],
      ["libsql", "sqlite"],
      ["dynamodb", "aws.dynamodb"],
      ["lance", "lance"],
    ]) {
      const engine = forward(new MemoryEngine(), { name: name as string });
      await stack(engine, [telemetry({ tracer, meter })]).read([]);
      expect(spans.at(-1)?.attributes["db.system.name"]).toBe(system);
    }
    await stack(new MemoryEngine(), [telemetry({ tracer, meter, system: "mine" })]).read([]);
    expect(spans.at(-1)?.attributes["db.system.name"]).toBe("mine");
  });
});

describe("telemetry through the OpenTelemetry API", () => {
  afterEach(() => {
    trace.disable();
    metrics.disable();
  });

  test("leaves calls alone while no provider is registered", async () => {
    const call = Promise.resolve([]);
    const engine = stack(forward(new MemoryEngine(), { read: (() => call) as never }), [telemetry()]);
    expect(await engine.read([])).toBe(await call);
  });

  test("uses a provider from the moment it is registered", async () => {
    const { spans, points, tracer, meter } = recorder();
    const engine = stack(new MemoryEngine(), [telemetry()]);
    await engine.read([]);
    expect(spans).toEqual([]);

    trace.setGlobalTracerProvider({ getTracer: () => tracer as unknown as Tracer } satisfies TracerProvider);
    await engine.read([]);
    expect(spans).toHaveLength(1);
    expect(points).toHaveLength(0);

    metrics.setGlobalMeterProvider({ getMeter: () => meter as unknown as Meter } satisfies MeterProvider);
    await engine.read([get(notes, [])]);
    expect(spans).toHaveLength(2);
    expect(points.map(({ name }) => name)).toEqual([
      "db.client.response.returned_rows",
      "db.client.operation.duration",
    ]);

    trace.disable();
    metrics.disable();
    await engine.read([]);
    expect(spans).toHaveLength(2);
  });
});
