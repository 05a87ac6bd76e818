import type { CallOptions, Capabilities, Clock, Direction, StoredRecord } from "@stowage/core/engine";
import type { ChangeSet } from "./changes.ts";
import type { Claim, Layout } from "./layout.ts";
import type { CountRequest, Span, TableRequest } from "./port.ts";

/** Records and owners of unique values, to be answered from one request where the database can. */
export interface LookUp {
  readonly records: readonly {
    readonly layout: Layout;
    readonly id: string;
    /** The columns that are needed; all when absent. More may be given. */
    readonly columns?: readonly string[];
  }[];
  readonly claims: readonly (Claim & { readonly layout: Layout })[];
  /** Somebody reads: where the database can, all of it is to be from one moment. Writers compare anyway. */
  readonly atOnce?: boolean;
}

/** In the order of the request. `owners` are the ids of records. */
export interface LookedUp {
  readonly records: readonly (StoredRecord | undefined)[];
  readonly owners: readonly (string | undefined)[];
  /** Whether all records are from one moment. Default `false`. */
  readonly isOfOneMoment?: boolean;
}

export interface EntriesRequest {
  readonly layout: Layout;
  readonly span: Span;
  readonly direction: Direction;
  /** Entries to pass over first. */
  readonly skip: number;
  readonly limit: number;
  readonly token?: string;
}

export interface Entries {
  /** In walk order: where each entry stands and whose it is. */
  readonly entries: readonly { readonly place: string; readonly id: string }[];
  /** Whether the span may have more. */
  readonly more: boolean;
  readonly token?: string;
}

/** The next records that lie together, with one that may lie with them and is wanted too. */
export interface GatheredRequest extends EntriesRequest {
  readonly beside?: { readonly layout: Layout; readonly id: string };
}

export interface Gathered {
  readonly records: readonly { readonly id: string; readonly record: StoredRecord }[];
  /** The id of the last record looked at, where there may be more. */
  readonly through?: string;
  /** The record beside; it is never newer than the others. */
  readonly beside?: StoredRecord | undefined;
}

/** A database that keeps records, index entries and claims as items of its own, on which batches rest on what was read. */
export interface RecordPort {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** See `KvPort`. */
  readonly maxPartBytes?: number;
  /** Where revisions come from. Default: the system's clock. */
  readonly clock?: Pick<Clock, "sequence">;
  translate(error: unknown): unknown;
  lookUp(wanted: LookUp, options: CallOptions): Promise<LookedUp>;
  entries(requests: readonly EntriesRequest[], options: CallOptions): Promise<readonly Entries[]>;
  count(requests: readonly CountRequest[], options: CallOptions): Promise<readonly number[]>;
  /** How many records `lookUp` can give from one moment. Default: none. */
  readonly mostOfOneMoment?: number;
  /**
   * Walks an index of records (see `Index`), and answers for its counts in `count`. Absent where records do not lie
   * together: such indexes have entries then.
   */
  gathered?(request: GatheredRequest, options: CallOptions): Promise<Gathered>;
  /** Whether a record may be read beside others that lie together, see {@link GatheredRequest}. */
  liesBeside?(record: { readonly layout: Layout; readonly id: string }, request: EntriesRequest): boolean;
  /** Ids of a table's records, in any order that stays the same. */
  ids(
    request: TableRequest,
    options: CallOptions,
  ): Promise<{ readonly ids: readonly string[]; readonly next?: string }>;
  /**
   * Whether `commit` itself finds out in the database that a record or claim does not stand as it was read. A batch of puts,
   * and of records that this process has just read or written, is then tried without a look at first. Default `false`.
   */
  readonly commitCompares?: boolean;
  /**
   * Applies a batch, all or nothing, while every record and claim in it stands as it was read. `false` when one does not;
   * nothing was applied then. Absent where the database cannot.
   */
  commit?(changes: ChangeSet, options: CallOptions): Promise<boolean>;
  /** Applies changes of the bulk form, conditions or not. May be applied twice. */
  apply(changes: ChangeSet, options: CallOptions): Promise<void>;
  close(): Promise<void>;
}
