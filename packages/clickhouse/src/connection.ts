import type { ClickHouseClient, ClickHouseSettings } from "@clickhouse/client";
import { type CallOptions, checkCall, StorageError } from "@stowage/core/engine";
import { brokenOff, translate, translateInsert } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";
import { Parameters } from "./parameters.ts";

/** A row as the server gives it: values in the order they were asked for. */
export type ResultRow = readonly unknown[];

export interface Statement {
  readonly sql: string;
  readonly parameters: Parameters;
}

/** Rows for one table, in the order of `columns`. */
export interface Insert {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  /** The same for the same rows: what the server has already taken it does not take again. */
  readonly token: string;
}

/** A value of so many characters makes a row longer than the parallel reader of the server takes. */
const longRow = 1_000_000;

/** What must not depend on a server's or user's defaults goes with each request. */
const readSettings: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_denormals: 0,
  prefer_column_name_to_alias: 1,
  // The order within a statement counts, also where that stands inside another one.
  query_plan_remove_redundant_sorting: 0,
};
const insertSettings: ClickHouseSettings = {
  date_time_input_format: "basic",
  input_format_null_as_default: 1,
  precise_float_parsing: 1,
  wait_end_of_query: 1,
};

/** Requests to a server. What is worth another try is for the layers to say. */
export class Connection {
  private readonly options: ResolvedOptions;
  private readonly reading: ClickHouseSettings;
  private readonly inserting: ClickHouseSettings;
  private opening: Promise<ClickHouseClient> | undefined;
  private active = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(options: ResolvedOptions) {
    this.options = options;
    // What a majority of replicas has taken is what every reader sees.
    this.reading = { ...readSettings, ...(options.replication && { select_sequential_consistency: "1" }) };
    this.inserting = {
      ...insertSettings,
      ...(options.asyncInsert
        ? { async_insert: 1, wait_for_async_insert: 1 }
        : { async_insert: 0, deduplicate_blocks_in_dependent_materialized_views: 1 }),
      ...(options.replication && { insert_quorum: "auto", insert_quorum_parallel: 0 }),
    };
  }

  /** The rows of a statement, one after the other as they come. `visit` says whether it wants more. */
  stream(statement: Statement, visit: (row: ResultRow) => boolean, options: CallOptions = {}): Promise<void> {
    return this.lines(statement, "JSONCompactEachRow", (text) => visit(rowOf(text)), options);
  }

  /**
   * The rows of several statements in one request, each with the number of its statement, and in the order of that. Their
   * parameters must have different names.
   */
  streams(
    statements: readonly Statement[],
    visit: (index: number, row: ResultRow) => boolean,
    options: CallOptions = {},
  ): Promise<void> {
    // Whatever their columns are, as a line of text they go together.
    const parts = statements.map(
      ({ sql }, index) => `SELECT ${index}, formatRowNoNewline('JSONCompactEachRow', *) FROM (${sql})`,
    );
    return this.lines(
      { sql: parts.join(" UNION ALL "), parameters: Parameters.together(statements.map((each) => each.parameters)) },
      "TabSeparatedRaw",
      (text) => {
        const tab = text.indexOf("\t");
        if (!/^\d+$/.test(text.slice(0, tab))) throw brokenOff(text);
        return visit(Number(text.slice(0, tab)), rowOf(text.slice(tab + 1)));
      },
      options,
    );
  }

  private lines(
    { sql, parameters }: Statement,
    format: "JSONCompactEachRow" | "TabSeparatedRaw",
    visit: (text: string) => boolean,
    options: CallOptions,
  ): Promise<void> {
    return this.counted(options, async (client) => {
      const result = await client.query({
        query: sql,
        query_params: parameters.values,
        format,
        clickhouse_settings: this.reading,
        use_multipart_params_auto: true,
        ...(options.signal && { abort_signal: options.signal }),
      });
      // Leaving the loop, also by an error, ends the answer and frees its connection.
      for await (const rows of result.stream()) {
        for (const row of rows) if (!visit(row.text)) return;
      }
    }).catch((error: unknown) => {
      throw translate(error);
    });
  }

  async rows(statement: Statement, options?: CallOptions): Promise<ResultRow[]> {
    const rows: ResultRow[] = [];
    await this.stream(statement, (row) => rows.push(row) > 0, options);
    return rows;
  }

  /** Sends rows. Once sent they are awaited, whatever the bounds of the call. */
  insert({ table, columns, rows, token }: Insert, options: CallOptions = {}): Promise<void> {
    const hasLongRow = rows.some((row) => row.some((value) => typeof value === "string" && value.length > longRow));
    return this.counted(options, async (client) => {
      await client.insert({
        table,
        columns: columns as [string, ...string[]],
        values: rows,
        format: "JSONCompactEachRow",
        clickhouse_settings: {
          ...this.inserting,
          ...(!this.options.asyncInsert && { insert_deduplication_token: token }),
          ...(hasLongRow && { input_format_parallel_parsing: 0 }),
        },
      });
    }).catch((error: unknown) => {
      throw translateInsert(error);
    });
  }

  /** A statement that gives no rows and may be repeated. */
  command(sql: string, options: CallOptions = {}): Promise<void> {
    return this.counted(options, async (client) => {
      await client.command({ query: sql, clickhouse_settings: { wait_end_of_query: 1 } });
    }).catch((error: unknown) => {
      throw translate(error);
    });
  }

  /** Ends after the calls under way. A client that was given stays open. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    if (this.active > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve;
      });
    }
    if (!this.options.client) await (await this.opening?.catch(() => undefined))?.close();
  }

  private async counted(options: CallOptions, request: (client: ClickHouseClient) => Promise<void>): Promise<void> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed" });
    checkCall(options);
    this.active++;
    try {
      await request(await this.client());
    } finally {
      if (--this.active === 0) this.idle?.();
    }
  }

  private client(): Promise<ClickHouseClient> {
    const { client, config } = this.options;
    if (client) return Promise.resolve(client);
    this.opening ??= import("@clickhouse/client").then(({ ClickHouseLogLevel, createClient }) =>
      // The client would write statements and values into the log, which errors carry to whoever should see them.
      createClient({ application: "stowage", ...config, log: { level: ClickHouseLogLevel.OFF, ...config.log } }),
    );
    return this.opening;
  }
}

function rowOf(text: string): ResultRow {
  try {
    return JSON.parse(text) as ResultRow;
  } catch {
    throw brokenOff(text);
  }
}
