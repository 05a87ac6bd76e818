import type { Capabilities } from "./capabilities.ts";
import type { ReadOp, ReadResults, RemoveRange, RemoveRangeResult, WriteOp, WriteResult } from "./operations.ts";
import type { Table } from "./table.ts";

/** The version of this contract. An engine states the one it was written for. */
export const contractVersion = 1;

/** Bounds of one call. An engine looks at both before each request it makes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Instant in milliseconds since 1970 after which the call is given up with the code `timeout`. */
  readonly deadline?: number;
}

export interface WriteOptions extends CallOptions {
  /**
   * `true` (default): all operations or none, within `atomicLimit`. `false`: upserts without `keep` and removals, both
   * without expectations, cut at `bulkLimit`; resolves with an empty list. Only for rows that nobody reads yet or any more,
   * since a failure may leave a part written.
   */
  readonly atomic?: boolean;
}

export interface ConvergeOptions extends CallOptions {
  /** Returns the statements without running them. Default `false`. */
  readonly dryRun?: boolean;
  /** Take over tables that hold rows and carry no stamp of ours, converting their columns once. Default `false`. */
  readonly adopt?: boolean;
}

export interface ConvergeReport {
  /** What was applied (or, in a dry run, would be), in the database's own language where it has one. */
  readonly statements: readonly string[];
  /** Columns and tables found in the database that the declaration does not know. */
  readonly unknown: readonly string[];
}

/**
 * A database, taught once. Everything is a batch, so that a network round trip is paid once.
 *
 * Values arrive validated and encoded (see {@link EngineValue}); rows go out with every declared column and `_rev`. A row
 * handed out is the caller's own. An engine never looks at what a table is for.
 *
 * Revisions: every write gives the record the greater of the engine's hybrid clock (microseconds, below 2^53) and the stored
 * revision plus 1, so that a record which was removed and made anew never has a revision that a slow reader still expects.
 * Engines that replace by revision count a tombstone's revision as stored.
 *
 * Failures are `StorageError`s with a `code`, `details.table` and `details.key`; a refused precondition or unique key is a
 * `ConflictError`. What layers add (retry, telemetry, grouping) an engine leaves to them.
 */
export interface Engine {
  /** Short lower-case name, for instance `libsql`; used in error ids and telemetry. */
  readonly name: string;
  readonly contract: typeof contractVersion;
  readonly capabilities: Capabilities;

  /**
   * Makes the physical schema match the declared tables: reads the catalogue once and applies only what is missing. On a
   * matching schema at most three round trips. Safe when several processes start together, and repeatable.
   *
   * @throws StorageError `schema` when a table holds rows that someone else made and `adopt` was not given.
   */
  converge(tables: readonly Table[], options?: ConvergeOptions): Promise<ConvergeReport>;

  /** Answers a list of reads in order, from one snapshot where the database has such a thing, in one round trip where it can. */
  read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>>;

  /**
   * Applies a list of writes, all or nothing (at the level `process` among the callers of one process).
   *
   * Expectations and the free keys of inserts are judged by the state before the batch, all of them; then the changes are
   * applied in order, and with them unique keys: a value that an earlier operation released is free, one that a later one
   * releases is not. A record is changed at most once in a batch, and may be checked beside.
   *
   * An error with `retry: "temporary"` promises that nothing was applied. When a request was sent and its fate cannot be
   * established, the code is `unknown_outcome`, never `timeout`, `unavailable` or `aborted`.
   *
   * @throws ConflictError when an expectation, a taken key or a unique key refuses an operation; `refusal.index` is the
   * lowest of the first kind that refuses any.
   * @throws StorageError `too_large` when the batch exceeds `atomicLimit`; nothing was written.
   */
  write(ops: readonly WriteOp[], options?: WriteOptions): Promise<WriteResult[]>;

  /** Removes a bounded piece of a walk, or of the whole table when no path is given; for pruning and clearing. */
  removeRange(op: RemoveRange, options?: CallOptions): Promise<RemoveRangeResult>;

  /** What is stored takes, as the database itself keeps count of it. Absent where it does not. */
  sizes?(tables: readonly Table[], options?: CallOptions): Promise<StoredSizes>;

  /** Releases what the engine itself opened; an injected client is left to its owner. Idempotent. */
  close(): Promise<void>;
}

/** What is stored takes where it is kept, indexes included. */
export interface StoredSizes {
  /** All of the database, in bytes, where tables are not told apart. */
  readonly bytes?: number;
  /** By the name of a table: bytes, and the number of rows as the database estimates it. */
  readonly tables: ReadonlyMap<string, { readonly bytes: number; readonly rows?: number }>;
}
