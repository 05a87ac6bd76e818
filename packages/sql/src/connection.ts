import type { CallOptions } from "@stowage/core/engine";

/** A value as it is bound to a statement or comes back in a row. */
export type SqlValue = string | number | bigint | null;
export type SqlRow = SqlValue[];

/** A statement text with its arguments. Texts recur, so a connection may keep them prepared. */
export interface Statement {
  readonly sql: string;
  readonly args: readonly SqlValue[];
  /** Cannot give more than one row. */
  readonly atMostOneRow?: boolean;
  /** The same in a form that a connection may send instead, which costs the server less. */
  readonly copied?: CopiedRows;
}

/** A COPY FROM STDIN and what follows it. */
export interface CopiedRows {
  readonly sql: string;
  readonly data: Uint8Array;
}

/** What a statement gave: its rows when it has any, else how many rows it changed. */
export interface StatementResult {
  readonly rows: readonly SqlRow[];
  readonly changes: number;
}

/** The open transaction of an {@link InteractiveConnection}. Errors are the driver's own. */
export interface Session {
  /** Runs a statement that gives no rows and returns how many rows it changed. */
  run(sql: string, args: readonly SqlValue[]): number;
  /** Runs a statement that gives rows. */
  all(sql: string, args: readonly SqlValue[]): SqlRow[];
  /** Runs a statement of which at most one row is wanted. */
  one(sql: string, args: readonly SqlValue[]): SqlRow | undefined;
}

/** How a list of reads is to be answered. */
export interface ReadOptions extends CallOptions {
  /** May look at any number of rows: who shares a request with it would wait for it. */
  readonly isLong?: boolean;
}

interface ConnectionBase {
  /** Answers a list of reads, from one snapshot and in one round trip. */
  read(statements: readonly Statement[], options?: ReadOptions): Promise<readonly (readonly SqlRow[])[]>;
  /** Releases what the connection opened itself, after what is under way. Idempotent. */
  close(): Promise<void>;
}

/** A database in this process: a transaction is a function that runs without yielding. */
export interface InteractiveConnection extends ConnectionBase {
  readonly kind: "interactive";
  /** `false` where a transaction that throws leaves what it did; batches of writes are then put back. Default `true`. */
  readonly rollsBack?: boolean;
  /**
   * Runs `work` in one write transaction: committed when it returns, rolled back when it throws. When the database is busy
   * the whole transaction is repeated, so `work` may run more than once.
   */
  transaction<Result>(work: (session: Session) => Result, options?: CallOptions): Promise<Result>;
  /** Calls `step`, which only reads, until it returns true. All calls see one moment; others may run between them. */
  walk(step: (session: Session) => boolean, options?: CallOptions): Promise<void>;
}

/** A database at the other end of a wire: a transaction is a list of statements, sent in one piece. */
export interface BatchConnection extends ConnectionBase {
  readonly kind: "batch";
  /**
   * Runs the statements in order in one write transaction, all or nothing.
   *
   * @throws BatchFailure naming the statement that failed, when one did.
   */
  batch(statements: readonly Statement[], options?: CallOptions): Promise<readonly StatementResult[]>;
  /** Reads in several round trips so that all they see is of one moment. */
  snapshot<Result>(work: (read: BatchConnection["read"]) => Promise<Result>, options?: CallOptions): Promise<Result>;
}

export type SqlConnection = InteractiveConnection | BatchConnection;

/** One statement of a batch failed, so nothing of it happened. `cause` is the driver's error. */
export class BatchFailure extends Error {
  /** Position of the statement. */
  readonly index: number;

  constructor(index: number, cause: unknown) {
    super("a statement of the batch failed", { cause });
    this.name = "BatchFailure";
    this.index = index;
  }
}
