import type {
  CallOptions,
  Capabilities,
  Direction,
  Filter,
  StoredRecord,
  WriteOp,
  WriteResult,
} from "@stowage/core/engine";
import type { Index, Layout } from "./layout.ts";

/** A piece of one group of an index: places from `from` (inclusive) to `to` (exclusive), in UTF-8 order; absent is open. */
export interface Span {
  readonly index: Index;
  readonly group: string;
  readonly from?: string;
  readonly to?: string;
}

/** Records by id. */
export interface RecordsRequest {
  readonly kind: "records";
  readonly layout: Layout;
  readonly ids: readonly string[];
  /** Only these columns; every column of the layout when absent. */
  readonly columns?: readonly string[];
}

/** The next records along an index. */
export interface WalkRequest {
  readonly kind: "walk";
  readonly layout: Layout;
  readonly span: Span;
  readonly direction: Direction;
  /** Entries to pass over first. */
  readonly skip: number;
  /** Most records to return; fewer are right as long as `through` says where to go on. */
  readonly limit: number;
  readonly columns?: readonly string[];
  /** Rows that do not match are of no use: a port may leave them out, all but the one at `through`, and need not. */
  readonly filter?: Filter;
  /** What the answer before gave, for databases that go on from a mark of their own. */
  readonly token?: string;
}

/** How many entries a span has. */
export interface CountRequest {
  readonly kind: "count";
  readonly layout: Layout;
  readonly span: Span;
}

/** Some records of a table, in any order that stays the same. */
export interface TableRequest {
  readonly kind: "table";
  readonly layout: Layout;
  readonly limit: number;
  /** Goes on after the answer that had this mark. */
  readonly after?: string;
  readonly columns?: readonly string[];
}

export type KvRequest = RecordsRequest | WalkRequest | CountRequest | TableRequest;

export interface WalkAnswer {
  readonly rows: readonly StoredRecord[];
  /** Entries looked at, where there were more of them than rows. */
  readonly looked?: number;
  /** The place of the last entry looked at; absent when the span has no more. */
  readonly through?: string;
  readonly token?: string;
  /**
   * Changes whenever the table is written. A walk whose mark changes between its rounds ends there, with the rows of before,
   * so that no row is missed because it moved. Absent where the database has no such thing: every round ends the page then.
   */
  readonly mark?: string;
}

export interface KvAnswers {
  readonly records: readonly (StoredRecord | undefined)[];
  readonly walk: WalkAnswer;
  readonly count: number;
  readonly table: { readonly rows: readonly StoredRecord[]; readonly next?: string };
}

export type KvAnswer = KvAnswers[KvRequest["kind"]];

/** One operation with the layout of its table and the id of its record. */
export interface KvWrite {
  readonly op: WriteOp;
  readonly layout: Layout;
  readonly id: string;
}

/**
 * An ordered key-value database as `KvEngine` uses it. Ids, groups and places are texts that sort by their UTF-8 bytes; the
 * port makes its own keys of them. What the contract of `Engine` says of errors, bounds and revisions holds here too; batches
 * come checked, and within the limits that the port declares.
 *
 * A database on which batches are worked out from records that were read implements the smaller `RecordPort` instead, and
 * `readFirst` makes a `KvPort` of it.
 */
export interface KvPort {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** The longest part of a key that is kept as it is, in bytes of UTF-8 once encoded; longer ones are hashed. Default: any. */
  readonly maxPartBytes?: number;
  /**
   * Whether paths declared so are built at their first walk. Only right where every write tests the versions of its layouts
   * (see {@link LayoutChanged}): a process that does not know of a new index would not keep it up. Default `false`: they are
   * kept up from the beginning.
   */
  readonly onDemand?: boolean;
  /** Whether records may lie together by the beginning of their keys, see `Stamp`. Default `false`. */
  readonly gathers?: boolean;
  /** Turns what the database throws into a `StorageError`. */
  translate(error: unknown): unknown;
  /** Answers requests in order, in one request of the database where it can, each from one state of it. */
  read(requests: readonly KvRequest[], options: CallOptions): Promise<readonly KvAnswer[]>;
  /**
   * A batch, all or nothing. Absent where the database cannot; the engine then takes the bulk form only.
   *
   * @throws LayoutChanged where the port tests versions and one is out of date; nothing was written.
   */
  write?(batch: readonly KvWrite[], options: CallOptions): Promise<WriteResult[]>;
  /** One part of the bulk form: upserts and removals without conditions, within `bulkLimit`. */
  bulk(batch: readonly KvWrite[], options: CallOptions): Promise<void>;
  /** Makes the entries and claims that these records should have by the layout; the records stay as they are. */
  reindex(layout: Layout, ids: readonly string[], options: CallOptions): Promise<void>;
  close(): Promise<void>;
}

/** The writer's layout is out of date: the engine reads the stamps again and repeats the call. */
export class LayoutChanged extends Error {
  constructor() {
    super("the layout of a table has changed");
    this.name = "LayoutChanged";
  }
}
