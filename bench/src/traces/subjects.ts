import type { Span } from "../data.ts";
import type { DatabaseKey } from "../database.ts";
import { databases } from "../databases/index.ts";
import * as clickhouse from "./clickhouse.ts";
import type { Metric } from "./generator.ts";

/** The part of the observability contract that is measured. */
export interface TraceStore {
  batchCreateSpans(a: { records: Span[] }): Promise<void>;
  batchCreateMetrics(a: { metrics: Metric[] }): Promise<void>;
  listTraces(a: ListArgs): Promise<{ spans: Span[]; pagination?: { total: number } }>;
  getTrace(a: { traceId: string }): Promise<{ spans: Span[] } | null>;
  getMetricPercentiles(a: {
    name: string[];
    percentiles: number[];
    interval: "1h";
    filters: { model: string; timestamp: { start: Date; end: Date } };
  }): Promise<{ series: { points: unknown[] }[] }>;
}

export interface ListArgs {
  filters?: Record<string, unknown>;
  pagination: { page: number; perPage: number };
  orderBy?: { field: "startedAt" | "endedAt"; direction: "ASC" | "DESC" };
  includeTotal?: boolean;
}

export interface OpenedTraceStore {
  readonly store: TraceStore;
  close(): Promise<void>;
}

/** Something that takes traces, compared with the others on the same database. */
export interface TraceVariant {
  readonly title: string;
  open(place: string): Promise<OpenedTraceStore>;
}

export const traceDatabaseKeys = ["libsql", "pg", "clickhouse"] as const;
export type TraceDatabaseKey = (typeof traceDatabaseKeys)[number];

interface TracePlaces {
  place(name: string): string;
  remove(place: string): Promise<void>;
  stop(): Promise<void>;
}

export interface TraceDatabase {
  readonly title: string;
  readonly packages: readonly string[];
  readonly variants: Readonly<Record<string, TraceVariant>>;
  start(folder: string): Promise<TracePlaces>;
  prepare?(place: string): Promise<void>;
  /** Brings a place to rest after it was filled. */
  settle?(place: string): Promise<void>;
  /** A counter of rows that the database has read, where it has one. */
  rowsRead?(place: string): Promise<number>;
}

/** The databases of the other benchmark, seen as places for traces. */
function rowDatabase(key: DatabaseKey, rowsRead?: TraceDatabase["rowsRead"]): TraceDatabase {
  const { variants, title, packages, start, prepare, settle } = databases[key];
  return {
    title,
    packages,
    start,
    ...(prepare && { prepare }),
    settle,
    ...(rowsRead && { rowsRead }),
    variants: Object.fromEntries(
      Object.entries(variants)
        .filter(([name]) => name !== "native")
        .map(([name, variant]): [string, TraceVariant] => [
          name,
          {
            title: variant.title,
            async open(place) {
              const subject = await variant.open(place);
              return { store: subject.observability as unknown as TraceStore, close: () => subject.close() };
            },
          },
        ]),
    ),
  };
}

/** Rows that scans and indexes gave, as the statistics of the server say a moment later. */
async function postgresRowsRead(place: string): Promise<number> {
  const { Client } = await import("pg");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  const client = new Client({ connectionString: place });
  await client.connect();
  const { rows } = await client.query(
    "SELECT ((SELECT sum(seq_tup_read) FROM pg_stat_user_tables) + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes))::float8 AS n",
  );
  await client.end();
  return rows[0].n as number;
}

export const traceDatabases: Record<TraceDatabaseKey, TraceDatabase> = {
  libsql: rowDatabase("libsql"),
  pg: rowDatabase("pg", postgresRowsRead),
  clickhouse: clickhouse.database,
};
