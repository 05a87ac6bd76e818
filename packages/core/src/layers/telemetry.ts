import type { Engine } from "../engine/engine.ts";
import type { ReadOp, WriteOp } from "../engine/operations.ts";
import { isConflict, isStorageError } from "../errors.ts";
import { forward, type Layer } from "./stack.ts";

type Attributes = Record<string, string | number | boolean>;

/** What this layer needs of OpenTelemetry's `Span`, `Tracer` and `Meter`. Own types, as the API is an optional package. */
interface SpanLike {
  setAttribute(name: string, value: string | number | boolean): unknown;
  setStatus(status: { code: 2; message?: string }): unknown;
  end(): void;
}

interface TracerLike {
  startSpan(name: string, options: { kind: 2; attributes: Attributes }): SpanLike;
}

interface MeterLike {
  createHistogram(
    name: string,
    options: { description: string; unit: string; advice?: { explicitBucketBoundaries: number[] } },
  ): { record(value: number, attributes: Attributes): void };
  createCounter(
    name: string,
    options: { description: string; unit: string },
  ): {
    add(value: number, attributes: Attributes): void;
  };
}

export interface TelemetryOptions {
  /** Default: the tracer `@stowage/core` of the provider that is registered with the OpenTelemetry API, if any. */
  readonly tracer?: TracerLike;
  /** Default: the meter `@stowage/core` of the provider that is registered with the OpenTelemetry API, if any. */
  readonly meter?: MeterLike;
  /** `db.system.name`. Default: by the engine's name. */
  readonly system?: string;
  /** `db.namespace`: name of the database. */
  readonly namespace?: string;
}

/**
 * Spans and metrics of storage calls by OpenTelemetry's conventions for database clients: a client span for each call,
 * `db.client.operation.duration`, `db.client.response.returned_rows`, and `stowage.conflicts`. A conflict is an outcome that
 * callers expect, so its span is no error. Names of tables and operations are recorded, stored values never.
 *
 * While no provider is registered and none is given, a call costs a look at one global.
 */
export function telemetry(options: TelemetryOptions = {}): Layer {
  return (inner) => {
    const observe = observer(inner, options);
    return forward(inner, {
      converge: (tables, call) => observe("converge", [], () => inner.converge(tables, call)),
      read: ((ops, call) => observe("read", ops, () => inner.read(ops, call))) as Engine["read"],
      write: (ops, call) => observe("write", ops, () => inner.write(ops, call)),
      removeRange: (op, call) =>
        observe("removeRange", [{ op: "removeRange", table: op.table }], () => inner.removeRange(op, call)),
    });
  };
}

type Op = ReadOp | WriteOp | { readonly op: "removeRange"; readonly table: { readonly name: string } };

function observer(inner: Engine, options: TelemetryOptions) {
  const { name } = inner;
  const fixed: Attributes = { "db.system.name": options.system ?? systemNames[name] ?? name };
  if (options.namespace !== undefined) fixed["db.namespace"] = options.namespace;
  const instruments = instrumentsOf(options);

  const observed = async <Result>(
    { tracer, meters }: Instruments,
    verb: string,
    ops: readonly Op[],
    call: () => Promise<Result>,
  ): Promise<Result> => {
    const attributes = { ...fixed, ...describe(verb, ops) };
    const target = attributes["db.collection.name"] ?? options.namespace ?? fixed["db.system.name"];
    const span = tracer?.startSpan(`${attributes["db.operation.name"]} ${target}`, {
      kind: 2,
      attributes: ops.length > 1 ? { ...attributes, "db.operation.batch.size": ops.length } : attributes,
    });
    const started = performance.now();
    try {
      const result = await call();
      const rows = verb === "read" ? rowsOf(result) : undefined;
      if (rows !== undefined) {
        span?.setAttribute("db.response.returned_rows", rows);
        meters?.rows.record(rows, attributes);
      }
      return result;
    } catch (error) {
      const type = isStorageError(error) ? error.code : error instanceof Error ? error.name : "_OTHER";
      attributes["error.type"] = type;
      span?.setAttribute("error.type", type);
      if (isConflict(error))
        meters?.conflicts.add(1, { ...attributes, "stowage.conflict.reason": error.refusal.reason });
      else span?.setStatus(error instanceof Error ? { code: 2, message: error.message } : { code: 2 });
      throw error;
    } finally {
      span?.end();
      meters?.duration.record((performance.now() - started) / 1000, attributes);
    }
  };
  return <Result>(verb: string, ops: readonly Op[], call: () => Promise<Result>): Promise<Result> => {
    const found = instruments();
    return found.tracer || found.meters ? observed(found, verb, ops, call) : call();
  };
}

/** Operation and table where the batch has one of each. */
function describe(verb: string, ops: readonly Op[]): Attributes {
  const operations = new Set(ops.map((op) => (op.op === "put" ? op.mode : op.op)));
  const tables = new Set(ops.map((op) => op.table.name));
  const [operation = verb] = operations;
  const [table] = tables;
  const single = operations.size === 1 ? operation : undefined;
  const name = ops.length <= 1 ? operation : single === undefined ? "BATCH" : `BATCH ${single}`;
  return {
    "db.operation.name": name,
    ...(table !== undefined && tables.size === 1 && { "db.collection.name": table }),
  };
}

function rowsOf(results: unknown): number | undefined {
  let rows: number | undefined;
  for (const result of results as readonly { rows?: readonly unknown[] }[]) {
    if (result.rows) rows = (rows ?? 0) + result.rows.filter((row) => row !== undefined).length;
  }
  return rows;
}

const scope = "@stowage/core";

/** Where every copy of the OpenTelemetry API keeps what was registered with it. */
const registry = Symbol.for("opentelemetry.js.api.1");

interface Registered {
  readonly trace?: { getTracer(name: string): TracerLike };
  readonly metrics?: { getMeter(name: string): MeterLike };
}

interface Instruments {
  readonly tracer: TracerLike | undefined;
  readonly meters: ReturnType<typeof metersOf> | undefined;
}

/** Finds tracer and meter at each call, since a provider may be registered after the store was made. */
function instrumentsOf({ tracer, meter }: TelemetryOptions) {
  let known: Registered | undefined;
  let current: Instruments = { tracer, meters: meter && metersOf(meter) };
  return (): Instruments => {
    if (tracer && meter) return current;
    const registered = (globalThis as { [registry]?: Registered })[registry];
    if (registered?.trace !== known?.trace || registered?.metrics !== known?.metrics) {
      known = { ...registered };
      const ownMeter = meter ?? registered?.metrics?.getMeter(scope);
      current = { tracer: tracer ?? registered?.trace?.getTracer(scope), meters: ownMeter && metersOf(ownMeter) };
    }
    return current;
  };
}

const metersOf = (meter: MeterLike) => ({
  duration: meter.createHistogram("db.client.operation.duration", {
    description: "Duration of storage calls.",
    unit: "s",
    advice: { explicitBucketBoundaries: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
  }),
  rows: meter.createHistogram("db.client.response.returned_rows", {
    description: "Rows returned by storage reads.",
    unit: "{row}",
    advice: { explicitBucketBoundaries: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000] },
  }),
  conflicts: meter.createCounter("stowage.conflicts", {
    description: "Writes refused because a record was not as expected.",
    unit: "{conflict}",
  }),
});

/** The names that the conventions give to databases, where they differ from the engine's own. */
const systemNames: Readonly<Record<string, string>> = {
  libsql: "sqlite",
  d1: "sqlite",
  do: "sqlite",
  pg: "postgresql",
  mssql: "microsoft.sql_server",
  dynamodb: "aws.dynamodb",
  upstash: "redis",
};
