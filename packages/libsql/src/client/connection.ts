import type { Client, InStatement, InValue, ResultSet } from "@libsql/client";
import { type CallOptions, checkCall, StorageError } from "@stowage/core/engine";
import {
  type BatchConnection,
  BatchFailure,
  type SqlRow,
  type SqlValue,
  type Statement,
  type StatementResult,
} from "@stowage/sql";
import { fateOf, isBusy, translate } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import { untilFree } from "../patience.ts";
import { openClient } from "./open.ts";

/** A database reached through `@libsql/client`: a server, a replica, or whatever an injected client stands for. */
export class ClientConnection implements BatchConnection {
  readonly kind = "batch";
  private readonly client: Client;
  private readonly isOwned: boolean;
  private readonly patience: ResolvedOptions["patience"];
  private readonly pending = new Set<Promise<unknown>>();

  private constructor(client: Client, isOwned: boolean, patience: ResolvedOptions["patience"]) {
    this.client = client;
    this.isOwned = isOwned;
    this.patience = patience;
  }

  static async open(options: ResolvedOptions): Promise<ClientConnection> {
    const { client, patience } = options;
    return client
      ? new ClientConnection(client, false, patience)
      : new ClientConnection(await openClient(options), true, patience);
  }

  async read(statements: readonly Statement[], options?: CallOptions): Promise<SqlRow[][]> {
    return this.request(async () => {
      // One statement is a snapshot by itself and needs no transaction around it.
      const [first] = statements;
      if (statements.length === 1 && first) return [rowsOf(await this.client.execute(toInput(first)))];
      const results = await this.client.batch(statements.map(toInput), "read");
      return results.map(rowsOf);
    }, options);
  }

  async batch(statements: readonly Statement[], options?: CallOptions): Promise<StatementResult[]> {
    const inputs = statements.map(toInput);
    return this.request(async () => {
      try {
        const results = await this.client.batch(inputs, "write");
        return results.map((result) => ({ rows: rowsOf(result), changes: result.rowsAffected }));
      } catch (error) {
        throw this.ofWrite(error);
      }
    }, options);
  }

  async snapshot<Result>(
    work: (read: BatchConnection["read"]) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.request(async () => {
      const transaction = await this.client.transaction("read");
      try {
        return await work(async (statements, call) => {
          checkCall(call);
          return (await transaction.batch(statements.map(toInput))).map(rowsOf);
        });
      } finally {
        transaction.close();
      }
    }, options);
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.pending);
    if (this.isOwned) this.client.close();
  }

  /** Repeats a request that met a lock, as it left nothing behind. */
  private async request<Result>(send: () => Promise<Result>, options?: CallOptions): Promise<Result> {
    const request = untilFree(send, isBusy, this.patience, options).catch((error: unknown) => {
      throw error instanceof BatchFailure ? error : translate(error);
    });
    this.pending.add(request);
    try {
      return await request;
    } finally {
      this.pending.delete(request);
    }
  }

  /** What a failed write means for the data: which statement failed, or that nothing or nobody knows what was done. */
  private ofWrite(error: unknown): unknown {
    if (isBusy(error)) return error;
    const index = (error as { statementIndex?: unknown }).statementIndex;
    const fate = fateOf(error);
    if (fate === "refused") return typeof index === "number" ? new BatchFailure(index, error) : error;
    if (fate === "unsent") return error;
    return new StorageError("the connection broke before the database answered; the write may have been applied", {
      code: "unknown_outcome",
      cause: error,
    });
  }
}

const toInput = ({ sql, args }: Statement): InStatement => ({ sql, args: args as InValue[] });

function rowsOf({ rows, columns, columnTypes }: ResultSet): SqlRow[] {
  const [first] = rows;
  if (first && columnTypes?.some((type, index) => type === "INTEGER" && typeof first[index] === "string")) {
    throw new StorageError("the client gives integers as texts; make it with another intMode", {
      code: "unsupported",
      details: { option: "intMode" },
    });
  }
  return rows.map((row) => Array.from({ length: columns.length }, (_, index) => plain(row[index])));
}

/** A client that reads integers as bigints gives revisions and counts so; columns hold no larger ones. */
const plain = (value: unknown): SqlValue => (typeof value === "bigint" ? Number(value) : (value as SqlValue));
