import { StorageError } from "../../errors.ts";
import { Aggregator } from "../aggregator.ts";
import { judgeOp, keyOfOp, nextRow, type StoredRecord } from "../apply.ts";
import { checkBatch, checkWalk } from "../batch.ts";
import { checkCall } from "../call.ts";
import type { Capabilities } from "../capabilities.ts";
import { systemClock } from "../clock.ts";
import type { EngineValue } from "../column.ts";
import { encodeCursor } from "../cursor.ts";
import {
  type CallOptions,
  type ConvergeOptions,
  type ConvergeReport,
  contractVersion,
  type Engine,
  type WriteOptions,
} from "../engine.ts";
import { compileFilter } from "../evaluate.ts";
import type {
  Aggregate,
  Count,
  Find,
  Get,
  ReadOp,
  ReadResults,
  RemoveRange,
  RemoveRangeResult,
  Walk,
  WriteOp,
  WriteResult,
} from "../operations.ts";
import { keyOf, type Table } from "../table.ts";
import { checkLimits } from "./limits.ts";
import { MemoryTable } from "./memory-table.ts";

const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 100_000, bytes: Number.MAX_SAFE_INTEGER }),
  bulkLimit: Object.freeze({ records: 100_000, bytes: Number.MAX_SAFE_INTEGER }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: true,
  nativeJsonFilter: true,
  nativeAggregate: false,
  timeToLive: false,
  maxValueBytes: 512 * 1024 * 1024,
  maxKeyBytes: 1024 * 1024,
  maxGetKeys: 100_000,
});

/**
 * The engine that keeps everything in this process: the model that every other engine is compared with, and a product of
 * its own for tests and short-lived agents. Each call runs to its end without yielding, so batches are atomic and reads are
 * snapshots by construction.
 */
export class MemoryEngine implements Engine {
  readonly name = "memory";
  readonly contract = contractVersion;
  readonly capabilities: Capabilities;
  private readonly tables = new Map<string, MemoryTable>();
  private readonly clock = systemClock();
  private readonly isNarrowed: boolean;
  private closed = false;

  /** `narrowed` declares less than the engine can do, and holds callers to it: a stand-in for databases that can do less. */
  constructor(narrowed?: Partial<Capabilities>) {
    this.capabilities = narrowed ? Object.freeze({ ...capabilities, ...narrowed }) : capabilities;
    this.isNarrowed = narrowed !== undefined;
  }

  async converge(tables: readonly Table[], options?: ConvergeOptions): Promise<ConvergeReport> {
    this.checkOpen();
    checkCall(options);
    if (!options?.dryRun) for (const table of tables) this.tableOf(table);
    return { statements: [], unknown: [] };
  }

  async read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>> {
    this.checkOpen();
    checkCall(options);
    return ops.map((op) => this.readOne(op)) as ReadResults<Ops>;
  }

  async write(ops: readonly WriteOp[], options?: WriteOptions): Promise<WriteResult[]> {
    this.checkOpen();
    checkCall(options);
    checkBatch(ops, options);
    if (this.isNarrowed) checkLimits(ops, this.capabilities, options);
    const undo: (() => void)[] = [];
    for (const [index, op] of ops.entries()) judgeOp(op, index, this.tableOf(op.table).find(keyOfOp(op)));
    try {
      const results = ops.map((op, index) => this.writeOne(op, index, undo));
      return options?.atomic === false ? [] : results;
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
  }

  async removeRange(op: RemoveRange, options?: CallOptions): Promise<RemoveRangeResult> {
    this.checkOpen();
    checkCall(options);
    const memory = this.tableOf(op.table);
    const victims: StoredRecord[] = [];
    for (const row of op.path === undefined ? memory.all(op) : this.matching(memory, op as Walk)) {
      if (victims.length === op.limit) break;
      victims.push(row);
    }
    for (const row of victims) memory.replace(keyOf(op.table, row), undefined, 0);
    return { removed: victims.length, done: victims.length < op.limit };
  }

  /** Forgets every row of every table. */
  clear(): void {
    this.tables.clear();
  }

  async close(): Promise<void> {
    this.closed = true;
    this.tables.clear();
  }

  private checkOpen(): void {
    if (this.closed) throw new StorageError("the storage is closed", { code: "closed" });
  }

  private tableOf(table: Table): MemoryTable {
    const found = this.tables.get(table.name);
    if (found?.knows(table)) return found;
    const made = found ? found.grownBy(table) : new MemoryTable(table);
    this.tables.set(table.name, made);
    return made;
  }

  private readOne(op: ReadOp): unknown {
    switch (op.op) {
      case "get":
        return this.get(op);
      case "find":
        return this.find(op);
      case "count":
        return { count: this.count(op) };
      case "aggregate":
        return this.aggregate(op);
    }
  }

  private get({ table, keys, columns }: Get) {
    const memory = this.tableOf(table);
    return {
      rows: keys.map((key) => {
        const row = memory.find(key);
        return row && project(row, columns ?? memory.columnsFor(table));
      }),
    };
  }

  private find(op: Find) {
    const { limit = Number.POSITIVE_INFINITY, offset = 0 } = op;
    const memory = this.tableOf(op.table);
    const columns = op.columns ?? memory.columnsFor(op.table);
    const rows: StoredRecord[] = [];
    let passed = 0;
    let last: StoredRecord | undefined;
    if (limit <= 0) return { rows, end: "limit", ...(op.cursor !== undefined && { cursor: op.cursor }) };
    for (const row of this.matching(memory, op)) {
      if (passed++ < offset) continue;
      if (rows.length === limit) return { rows, end: "limit", cursor: encodeCursor(op, last as StoredRecord) };
      rows.push(project(row, columns));
      last = row;
    }
    return { rows, end: "exhausted" };
  }

  private count(op: Count): number {
    const memory = this.tableOf(op.table);
    checkWalk(op);
    const { limit = Number.POSITIVE_INFINITY } = op;
    if (!op.filter) return Math.min(memory.count(op), limit);
    let total = 0;
    for (const _ of this.matching(memory, op)) if (++total >= limit) break;
    return Math.min(total, limit);
  }

  private aggregate(op: Aggregate) {
    const aggregator = new Aggregator(op);
    for (const row of this.matching(this.tableOf(op.table), op)) aggregator.add(row);
    return aggregator.result();
  }

  private *matching(memory: MemoryTable, walk: Walk): Generator<StoredRecord> {
    checkWalk(walk);
    const test = walk.filter && compileFilter(walk.table, walk.filter);
    for (const row of memory.entries(walk)) if (!test || test(row)) yield row;
  }

  private writeOne(op: WriteOp, index: number, undo: (() => void)[]): WriteResult {
    const memory = this.tableOf(op.table);
    const key = keyOfOp(op);
    const previous = memory.find(key);
    if (op.op === "check") return { outcome: "checked", rev: previous?._rev ?? 0 };
    const row = nextRow(op, previous);
    if (row === previous) return { outcome: op.op === "put" ? "skipped" : "missing", rev: previous?._rev ?? 0 };
    const next =
      row &&
      ({ ...memory.complete(op.table, row, previous), _rev: this.clock.sequence(previous?._rev) } as StoredRecord);
    memory.replace(key, next, index);
    undo.push(() => memory.replace(key, previous, index));
    if (!next) return { outcome: "removed", rev: 0 };
    return { outcome: previous ? "updated" : "inserted", rev: next._rev };
  }
}

function project(row: StoredRecord, columns: readonly string[] | undefined): StoredRecord {
  if (!columns) return { ...row };
  const result: Record<string, EngineValue> = { _rev: row._rev };
  for (const column of columns) result[column] = row[column] as EngineValue;
  return result as StoredRecord;
}
