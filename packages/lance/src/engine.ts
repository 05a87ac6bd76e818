import {
  Aggregator,
  type CallOptions,
  type Capabilities,
  type Clock,
  type ConvergeOptions,
  type ConvergeReport,
  checkBatch,
  checkCall,
  checkValues,
  checkWalk,
  compileFilter,
  contractVersion,
  cutBulk,
  describeKey,
  type Engine,
  judgeOp,
  keyOfOp,
  nextRow,
  type ReadOp,
  type ReadResults,
  type RemoveRange,
  type RemoveRangeResult,
  remove,
  StorageError,
  type StoredRecord,
  systemClock,
  type Table,
  type WriteOp,
  type WriteOptions,
  type WriteResult,
} from "@stowage/core/engine";
import { journal, type Layer, retry, stack } from "@stowage/core/layers";
import { capabilities, recordCapabilities } from "./capabilities.ts";
import { Database } from "./database.ts";
import { translate } from "./errors.ts";
import { storedKey } from "./mapping.ts";
import { type LanceOptions, resolveOptions } from "./options.ts";
import { readByKeys } from "./read/get.ts";
import { readPage, walkRows } from "./read/walk.ts";
import type { LanceTable } from "./table.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface LanceEngineSettings {
  readonly clock?: Pick<Clock, "sequence">;
  /** Is warned when the pieces of a table could not be joined. */
  readonly logger?: { warn(message: string): void };
}

/** What stands around the engine: its capabilities go through these. */
export const batches: readonly Layer[] = [
  retry(),
  journal({ atomicLimit: capabilities.atomicLimit, atOnce: capabilities.atomicLimit.records }),
];

/** The engine with the layers that make batches of what the database can do. */
export const lanceEngine = (options: LanceOptions, settings: LanceEngineSettings = {}): Engine =>
  stack(new LanceEngine(options, settings), batches);

/** How often a record is read and written anew because somebody else wrote it in between. */
const attempts = 20;

/** One record at a time under conditions, upserts and removals in bulk, and every kind of read, on LanceDB. */
export class LanceEngine implements Engine {
  readonly name = "lance";
  readonly contract = contractVersion;
  readonly capabilities: Capabilities = recordCapabilities;
  private readonly database: Database;
  private readonly clock: Pick<Clock, "sequence">;
  private highest = 0;

  constructor(options: LanceOptions, { clock, logger }: LanceEngineSettings = {}) {
    this.database = new Database(resolveOptions(options), (table, error) =>
      logger?.warn(
        `LanceStorage: the pieces of ${table} could not be joined (${translate(error).code}); trying again later`,
      ),
    );
    this.clock = clock ?? systemClock();
  }

  async converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    checkCall(options);
    const reports = await Promise.all(tables.map((table) => this.database.converge(table, options)));
    return {
      statements: reports.flatMap(({ statements }) => statements),
      unknown: reports.flatMap(({ unknown }) => unknown),
    };
  }

  async read<const Ops extends readonly ReadOp[]>(ops: Ops, options: CallOptions = {}): Promise<ReadResults<Ops>> {
    checkCall(options);
    for (const op of ops) if ("path" in op) checkWalk(op);
    return (await this.database.counted(async () => {
      // One after the other, since there is no snapshot of several tables: what has to be seen last stands last.
      const answers: unknown[] = [];
      for (const op of ops) answers.push(await this.readOne(op));
      return answers;
    })) as unknown as ReadResults<Ops>;
  }

  async write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<WriteResult[]> {
    checkCall(options);
    checkBatch(ops, options);
    checkValues(ops, this.capabilities);
    if (options.atomic === false) {
      await this.database.counted(() => this.writeBulk(ops));
      return [];
    }
    const [op, ...more] = ops;
    if (!op) return [];
    if (more.length > 0) {
      throw new StorageError("LanceDB writes single records only; put the layer journal around it", {
        code: "unsupported",
      });
    }
    return [await this.database.counted(() => this.writeOne(op))];
  }

  async removeRange(op: RemoveRange, options: CallOptions = {}): Promise<RemoveRangeResult> {
    checkCall(options);
    checkWalk(op);
    const keys = await this.database.counted(async () => {
      const table = await this.database.open(op.table);
      const test = op.filter && compileFilter(op.table, op.filter);
      const columns = test ? op.table.columnNames : op.table.key;
      const found: StoredRecord[] = [];
      const visit = (row: StoredRecord) => {
        if (!test || test(row)) found.push(row);
        return found.length < op.limit;
      };
      if (op.path === undefined) await table.scan({ columns, ...(!test && { limit: op.limit }) }, visit);
      else await walkRows(table, { ...op, path: op.path, op: "find" }, columns, visit);
      return found.map((row) => op.table.key.map((column) => row[column] as never));
    });
    if (keys.length > 0) {
      await this.write(
        keys.map((key) => remove(op.table, key)),
        { ...options, atomic: false },
      );
    }
    return { removed: keys.length, done: keys.length < op.limit };
  }

  /** Joins what many small writes have left, and brings indexes up to date. Runs by itself now and then. */
  optimize(table: Table): Promise<void> {
    return this.database.counted(async () => (await this.database.open(table)).optimize());
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private async readOne(op: ReadOp): Promise<unknown> {
    const table = await this.database.open(op.table);
    const note = (row: StoredRecord) => {
      if (row._rev > this.highest) this.highest = row._rev;
    };
    if (op.op === "get") return readByKeys(table, op, this.capabilities.maxGetKeys, note);
    if (op.op === "find") return readPage(table, op, note);
    const test = op.filter && compileFilter(op.table, op.filter);
    if (op.op === "count") {
      const { limit = Number.POSITIVE_INFINITY } = op;
      let count = 0;
      if (!test) count = await table.count(op);
      else {
        await walkRows(table, { ...op, op: "find" }, op.table.columnNames, (row) => {
          if (test(row)) count++;
          return count < limit;
        });
      }
      return { count: Math.min(count, limit) };
    }
    const aggregator = new Aggregator(op);
    const columns = test ? op.table.columnNames : Aggregator.columns(op);
    await walkRows(table, { ...op, op: "find" }, columns, (row) => {
      if (!test || test(row)) aggregator.add(row);
      return true;
    });
    return aggregator.result();
  }

  private async writeOne(op: WriteOp): Promise<WriteResult> {
    const table = await this.database.open(op.table);
    const key = storedKey(keyOfOp(op));
    const known = await this.writeKnown(table, op, key);
    if (known) return known;
    for (let tries = 0; tries < attempts; tries++) {
      const before = (await table.byKeys([key], table.mapping.all)).get(key);
      judgeOp(op, 0, before);
      if (op.op === "check") return { outcome: "checked", rev: before?._rev ?? 0 };
      const next = nextRow(op, before);
      if (next === before) return { outcome: op.op === "put" ? "skipped" : "missing", rev: before?._rev ?? 0 };
      if (!next) {
        if (await table.removeAt(key, before?._rev ?? 0)) return { outcome: "removed", rev: 0 };
        continue;
      }
      const rev = this.clock.sequence(Math.max(this.highest, before?._rev ?? 0));
      // What this release does not know of a row stays as it was.
      const stored = table.mapping.encode({ ...before, ...next }, rev);
      if (await table.swap(stored, before?._rev)) return { outcome: before ? "updated" : "inserted", rev };
    }
    throw new StorageError("others kept writing the record", {
      code: "busy",
      details: { table: op.table.name, key: describeKey(keyOfOp(op)) },
    });
  }

  /** Writes what needs no look at the stored row, its revision apart. `undefined`: that needs one, or is refused. */
  private async writeKnown(table: LanceTable, op: WriteOp, key: string): Promise<WriteResult | undefined> {
    if (op.op === "remove") {
      if (typeof op.expect !== "object") return undefined;
      return (await table.removeAt(key, op.expect.rev)) ? { outcome: "removed", rev: 0 } : undefined;
    }
    if (op.op !== "put" || op.keep?.length || table.mapping.unknown.length > 0) return undefined;
    const isNew = op.expect === "absent" || (op.expect === undefined && op.mode !== "upsert");
    const before = typeof op.expect === "object" ? op.expect.rev : undefined;
    if (isNew ? before !== undefined : before === undefined) return undefined;
    const rev = this.clock.sequence(Math.max(this.highest, before ?? 0));
    if (!(await table.swap(table.mapping.encode(op.row, rev), before))) return undefined;
    return { outcome: isNew ? "inserted" : "updated", rev };
  }

  private async writeBulk(ops: readonly WriteOp[]): Promise<void> {
    const byTable = new Map<Table, WriteOp[]>();
    for (const op of ops) {
      const list = byTable.get(op.table);
      if (list) list.push(op);
      else byTable.set(op.table, [op]);
    }
    await Promise.all(
      [...byTable].map(async ([logical, list]) => {
        const table = await this.database.open(logical);
        for (const part of cutBulk(list, this.capabilities)) {
          const keys = part.map((op) => storedKey(keyOfOp(op)));
          const before =
            table.mapping.unknown.length > 0
              ? await table.byKeys(keys, table.mapping.all)
              : new Map<string, StoredRecord>();
          const rows = part.flatMap((op, index) => {
            if (op.op !== "put") return [];
            const rev = this.clock.sequence(this.highest);
            return [table.mapping.encode({ ...before.get(keys[index] as string), ...op.row }, rev)];
          });
          const removed = keys.filter((_, index) => part[index]?.op === "remove");
          if (rows.length > 0) await table.upsert(rows);
          if (removed.length > 0) await table.remove(removed);
        }
      }),
    );
  }
}
