/**
 * How a batch is made atomic:
 * - `native`: one request, one transaction on the server
 * - `journal`: the engine has single-record compare-and-swap only; a shared helper records the batch first
 * - `process`: no compare-and-swap at all; a mutex in the process, and between processes the last write wins
 */
export const atomicityLevels = ["native", "journal", "process"] as const;
export type Atomicity = (typeof atomicityLevels)[number];

/** What an engine (or a whole stack of layers) can do. Complete and frozen: an absent answer would drift from its default. */
export interface Capabilities {
  readonly atomicity: Atomicity;
  /** The largest batch `write` takes at the declared level. Never below 24 records and 1 MiB. */
  readonly atomicLimit: { readonly records: number; readonly bytes: number };
  /** The largest request of the bulk form (`atomic: false`), which is cut at it. */
  readonly bulkLimit: { readonly records: number; readonly bytes: number };
  /** Two processes may write one record under revision preconditions without losing an update. */
  readonly compareAndSwap: boolean;
  /** A read after an acknowledged write of the same store sees it. */
  readonly readYourWrites: boolean;
  /** Column filters are evaluated by the database; otherwise on the rows walked, with equal results. */
  readonly nativeFilter: boolean;
  /** JSON filters are evaluated by the database; otherwise on the rows walked, with equal results. */
  readonly nativeJsonFilter: boolean;
  /** Aggregates are computed by the database; otherwise over streamed columns, within a row budget. */
  readonly nativeAggregate: boolean;
  /** The database can expire rows by itself. */
  readonly timeToLive: boolean;
  /** The largest encoded value of one column, in bytes of UTF-8. */
  readonly maxValueBytes: number;
  /** The longest key part that is stored as it is, in bytes of UTF-8. */
  readonly maxKeyBytes: number;
  /** Keys one `get` may name in one request; longer lists are cut. */
  readonly maxGetKeys: number;
}
