import { join } from "node:path";
import { startClickhouse } from "@stowage/testkit/engines";
import { type Span, spanContext, spanJson } from "../data.ts";
import type { OpenedTraceStore, TraceDatabase, TraceStore, TraceVariant } from "./subjects.ts";

/** ClickHouse in a process of its own, which answers one request after the other. A place is its address with a database. */
const partsOf = (place: string) => {
  const { origin, pathname } = new URL(place);
  return { url: origin, database: pathname.slice(1), username: "default", password: "" };
};

interface Store {
  init(): Promise<unknown>;
  getStore(key: "observability"): Promise<unknown>;
  close(): Promise<void>;
}

async function opened(store: Store): Promise<OpenedTraceStore> {
  await store.init();
  return { store: (await store.getStore("observability")) as TraceStore, close: () => store.close() };
}

const stowage: TraceVariant = {
  title: "Stowage",
  async open(place) {
    const { ClickhouseStore } = await import("@stowage/clickhouse");
    return opened(new ClickhouseStore({ id: "bench", ...partsOf(place) }));
  },
};

const peer: TraceVariant = {
  title: "@mastra/clickhouse",
  async open(place) {
    const { ClickhouseStoreVNext } = await import("@mastra/clickhouse");
    return opened(new ClickhouseStoreVNext({ id: "bench", ...partsOf(place) }) as unknown as Store);
  },
};

/** In a file beside the places of the run: it has no server. */
const duckdb: TraceVariant = {
  title: "@mastra/duckdb",
  async open(place) {
    const { DuckDBStore } = await import("@mastra/duckdb");
    const path = join(process.env.STOWAGE_BENCH_FOLDER as string, `${partsOf(place).database}.duckdb`);
    return opened(new DuckDBStore({ id: "bench", path }) as unknown as Store);
  },
};

const columns = ["traceId", "spanId", "parentSpanId", "name", "spanType", ...spanContext] as const;

/** The client's own bulk insert into one plain table, and nothing else. */
const driver: TraceVariant = {
  title: "bulk insert of @clickhouse/client",
  async open(place) {
    const { createClient } = await import("@clickhouse/client");
    const client = createClient(partsOf(place));
    const list = [
      ...columns.map((name) => `${name} ${name === "traceId" || name === "spanId" ? "String" : "Nullable(String)"}`),
      "isEvent Bool",
      "startedAt DateTime64(3, 'UTC')",
      "endedAt Nullable(DateTime64(3, 'UTC'))",
      ...spanJson.map((name) => `${name} Nullable(String) CODEC(ZSTD)`),
    ];
    await client.command({
      query: `CREATE TABLE IF NOT EXISTS spans (${list.join(", ")}) ENGINE = ReplacingMergeTree ORDER BY (traceId, spanId)`,
    });
    const store = {
      async batchCreateSpans({ records }: { records: Span[] }) {
        await client.insert({
          table: "spans",
          format: "JSONEachRow",
          values: records.map(rowOf),
          clickhouse_settings: { async_insert: 0, date_time_input_format: "best_effort" },
        });
      },
    };
    return { store: store as unknown as TraceStore, close: () => client.close() };
  },
};

function rowOf(span: Span): Record<string, unknown> {
  const row: Record<string, unknown> = { ...span };
  for (const name of spanJson) if (span[name] != null) row[name] = JSON.stringify(span[name]);
  return row;
}

export const database: TraceDatabase = {
  title: "ClickHouse",
  packages: [
    "@stowage/clickhouse",
    "@mastra/clickhouse",
    "@mastra/duckdb",
    "@mastra/core",
    "@clickhouse/client",
    "chdb",
  ],
  variants: { stowage, peer, driver, duckdb },

  async start(folder) {
    process.env.STOWAGE_BENCH_FOLDER = folder;
    const server = await startClickhouse();
    return {
      place: (name) => `${server.url}/${name}`,
      remove: (place) => command(place, `DROP DATABASE IF EXISTS ${partsOf(place).database} SYNC`),
      stop: () => server.stop(),
    };
  },

  prepare: (place) => command(place, `CREATE DATABASE IF NOT EXISTS ${partsOf(place).database}`),

  async rowsRead(place) {
    const { createClient } = await import("@clickhouse/client");
    const client = createClient({ ...partsOf(place), database: "default" });
    const answer = await client.query({
      query: "SELECT toFloat64(value) FROM system.events WHERE event = 'SelectedRows'",
      format: "JSONCompactEachRow",
    });
    const [row] = await answer.json<[number]>();
    await client.close();
    return row?.[0] ?? 0;
  },
};

async function command(place: string, query: string): Promise<void> {
  const { createClient } = await import("@clickhouse/client");
  const client = createClient({ ...partsOf(place), database: "default" });
  await client.command({ query });
  await client.close();
}
