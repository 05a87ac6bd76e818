import {
  type CallOptions,
  type Capabilities,
  type Clock,
  type ConvergeOptions,
  type ConvergeReport,
  checkBatch,
  checkCall,
  checkValues,
  checkWalk,
  contractVersion,
  cutBulk,
  type Engine,
  encodeTuple,
  type Get,
  type Key,
  keyOfOp,
  type ReadOp,
  type ReadResults,
  type RemoveRange,
  type RemoveRangeResult,
  remove,
  StorageError,
  type StoredSizes,
  systemClock,
  type Table,
  type WriteOp,
  type WriteOptions,
  type WriteResult,
} from "@stowage/core/engine";
import { type Layer, processLevel, retry, stack } from "@stowage/core/layers";
import { bulkCapabilities, capabilities } from "./capabilities.ts";
import { Connection, type Insert } from "./connection.ts";
import { quote, TableMapping } from "./mapping.ts";
import { type ClickhouseOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import { Parameters } from "./parameters.ts";
import { readAggregate } from "./read/aggregate.ts";
import { readCount } from "./read/count.ts";
import { readPage } from "./read/find.ts";
import { Gathering } from "./read/gathering.ts";
import { keyCondition, readByKeys } from "./read/get.ts";
import { readKeys } from "./read/keys.ts";
import type { Reader } from "./read/reader.ts";
import { readCatalog, readRows, readSizes } from "./schema/catalog.ts";
import { type Definitions, expiryOf, granule } from "./schema/definition.ts";
import { planSchema } from "./schema/plan.ts";
import { TableSizes } from "./sizes.ts";
import { insertOf, type UnknownValues } from "./write/inserts.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface ClickhouseEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence" | "id">;
  /** Tables of fewer rows are read through instead of by their entries. Default 20,000; 0 for tests of the entries. */
  readonly smallTable?: number;
}

/** Revisions of the operations of lists that were written. */
const drawn = new WeakMap<readonly WriteOp[], readonly number[]>();

/** What stands around the engine: its capabilities go through these. */
export const batches: readonly Layer[] = [
  retry(),
  // An insert into one table is seen whole or not at all.
  processLevel({
    atomicLimit: capabilities.atomicLimit,
    tablesAtOnce: true,
    besideEachOther: true,
    revisionsOf: (ops) => drawn.get(ops),
  }),
];

/** The engine with the layers that make batches of what the database can do. */
export const clickhouseEngine = (options: ClickhouseOptions, settings: ClickhouseEngineSettings = {}): Engine =>
  stack(new ClickhouseEngine(options, settings), batches);

/** Upserts and removals in bulk, and every kind of read, on ClickHouse. Making it opens nothing. */
export class ClickhouseEngine implements Engine {
  readonly name = "clickhouse";
  readonly contract = contractVersion;
  readonly capabilities: Capabilities;
  private readonly options: ResolvedOptions;
  private readonly connection: Connection;
  private readonly clock: Pick<Clock, "sequence" | "id">;
  private readonly native: boolean;
  private readonly mappings = new Map<Table, TableMapping>();
  /** Columns that a later release has added. */
  private readonly unknown = new Map<Table, readonly string[]>();
  /** What a list of operations became, so that it is sent again as it was. */
  private readonly prepared = new WeakMap<readonly WriteOp[], readonly Insert[]>();
  private readonly tableSizes: TableSizes;
  private highest = 0;

  constructor(options: ClickhouseOptions, settings: ClickhouseEngineSettings = {}) {
    const { forceDerived = false, clock, smallTable } = settings;
    this.options = resolveOptions(options);
    this.connection = new Connection(this.options);
    this.clock = clock ?? systemClock();
    this.native = !forceDerived;
    this.tableSizes = new TableSizes((names) => readRows(this.connection, names), smallTable);
    this.capabilities = forceDerived
      ? Object.freeze({ ...bulkCapabilities, nativeFilter: false, nativeAggregate: false })
      : bulkCapabilities;
  }

  async sizes(tables: readonly Table[], options?: CallOptions): Promise<StoredSizes> {
    const names = tables.map((table) => [this.mappingOf(table).name, table.name] as const);
    return { tables: await readSizes(this.connection, new Map(names), options) };
  }

  async converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    const mappings = tables.map((table) => this.mappingOf(table));
    const definitions: Definitions = this.options;
    const catalog = await readCatalog(this.connection, mappings, definitions, options);
    const plan = planSchema(mappings, catalog, definitions, this.options.ttl);
    const statements = [...plan.first, ...plan.tables.flat(), ...plan.last];
    if (!options.dryRun) {
      const run = async (list: readonly string[]) => {
        for (const sql of list) await this.connection.command(sql, options);
      };
      await run(plan.first);
      await Promise.all(plan.tables.map(run));
      await run(plan.last);
      for (const { table, name } of mappings) {
        this.unknown.set(table, plan.unknown.get(table.name) ?? []);
        this.tableSizes.found(name, catalog.tables.get(name)?.rows ?? 0);
      }
    }
    const unknown = mappings.flatMap(({ name, table }) =>
      (plan.unknown.get(table.name) ?? []).map((column) => `${name}.${column}`),
    );
    return { statements, unknown };
  }

  async read<const Ops extends readonly ReadOp[]>(ops: Ops, options: CallOptions = {}): Promise<ReadResults<Ops>> {
    checkCall(options);
    for (const op of ops) if ("path" in op) checkWalk(op);
    const reader = this.reader(options);
    const gets = ops.filter((op) => op.op === "get");
    const byKeys = readByKeys(gets, (table) => this.mappingOf(table), reader);
    const others = Promise.all(ops.map((op) => (op.op === "get" ? undefined : this.readOne(op, reader))));
    const [answers, found] = await Promise.all([byKeys, others]);
    return ops.map((op, index) => (op.op === "get" ? answers[gets.indexOf(op)] : found[index])) as ReadResults<Ops>;
  }

  async write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<WriteResult[]> {
    if (options.atomic !== false) {
      throw new StorageError("ClickHouse takes no batches by itself; put the layer processLevel around it", {
        code: "unsupported",
      });
    }
    checkCall(options);
    checkBatch(ops, options);
    checkValues(ops, this.capabilities);
    let inserts = this.prepared.get(ops);
    if (!inserts) {
      inserts = await this.prepare(ops, options);
      this.prepared.set(ops, inserts);
    }
    await this.send(inserts, options);
    return [];
  }

  async removeRange(op: RemoveRange, options: CallOptions = {}): Promise<RemoveRangeResult> {
    checkCall(options);
    checkWalk(op);
    const keys = await readKeys(this.mappingOf(op.table), op, this.reader(options));
    if (keys.length > 0) {
      await this.write(
        keys.map((key) => remove(op.table, key)),
        { ...options, atomic: false },
      );
    }
    return { removed: keys.length, done: keys.length < op.limit };
  }

  /** Merges all parts of a table, removed rows included. Heavy: for a time of little traffic. */
  async optimize(table: Table): Promise<void> {
    const { quoted, entries, keyList, entryPaths } = this.mappingOf(table);
    await this.connection.command(`OPTIMIZE TABLE ${quoted} FINAL`);
    if (entryPaths.length === 0) return;
    await this.connection.command(
      `DELETE FROM ${entries} WHERE (${keyList}, _rev) NOT IN (SELECT ${keyList}, _rev FROM ${quoted} FINAL)`,
    );
  }

  /** Applies the times to live to parts that are there already. */
  async materializeTtl(table: Table): Promise<void> {
    await this.connection.command(`ALTER TABLE ${this.mappingOf(table).quoted} MATERIALIZE TTL`);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private readOne(op: Exclude<ReadOp, Get>, reader: Reader): Promise<unknown> {
    const mapping = this.mappingOf(op.table);
    switch (op.op) {
      case "find":
        return readPage(mapping, op, reader);
      case "count":
        return readCount(mapping, op, reader);
      case "aggregate":
        return readAggregate(mapping, op, reader);
    }
  }

  private reader(options: CallOptions): Reader {
    const gathering = new Gathering(this.connection, options);
    let statements = 0;
    return {
      parameters: () => new Parameters(`p${statements++}_`),
      stream: (statement, visit) => gathering.stream(statement, visit),
      streamAlone: (statement, visit) => this.connection.stream(statement, visit, options),
      noteRevision: (revision) => {
        if (revision > this.highest) this.highest = revision;
      },
      isSmall: ({ name }) => this.tableSizes.isSmall(name),
      fewKeys: ({ name }) => Math.max(100, Math.ceil(this.tableSizes.rowsOf(name) / granule)),
      maxGetKeys: this.capabilities.maxGetKeys,
      native: this.native,
      scanPage: 1000,
      expiry: (mapping) => {
        const rule = this.options.ttl[mapping.table.name]?.row;
        return rule ? [`${expiryOf(mapping, rule)} > now()`] : [];
      },
    };
  }

  private async prepare(ops: readonly WriteOp[], options: CallOptions): Promise<readonly Insert[]> {
    const byTable = new Map<Table, WriteOp[]>();
    for (const op of ops) {
      const list = byTable.get(op.table);
      if (list) list.push(op);
      else byTable.set(op.table, [op]);
    }
    const inserts: Insert[] = [];
    const revisions = new Map<WriteOp, number>();
    for (const [table, list] of byTable) {
      const mapping = this.mappingOf(table);
      const unknownColumns = this.unknown.get(table) ?? [];
      for (const part of cutBulk(list, this.capabilities)) {
        const unknownValues = await this.readUnknown(mapping, part, unknownColumns, options);
        const { clock, highest } = this;
        const context = { sequence: () => clock.sequence(highest), id: () => clock.id() };
        this.tableSizes.written(mapping.name, part.length);
        const insert = insertOf(mapping, part, { ...context, unknownColumns, unknownValues });
        for (const [index, op] of part.entries()) revisions.set(op, insert.revisions[index] as number);
        inserts.push(insert);
      }
    }
    drawn.set(
      ops,
      ops.map((op) => revisions.get(op) as number),
    );
    return inserts;
  }

  private async send(inserts: readonly Insert[], options: CallOptions): Promise<void> {
    let sent = false;
    const send = async (insert: Insert) => {
      await this.connection.insert(insert, options);
      sent = true;
    };
    const tables = Map.groupBy(inserts, ({ table }) => table);
    // What had to be cut goes in order, so that the last row of it comes last.
    const outcomes = await Promise.allSettled(
      [...tables.values()].map(async (parts) => {
        for (const part of parts) await send(part);
      }),
    );
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (!failure) return;
    const error = failure.reason as StorageError;
    if (!sent || error.code === "unknown_outcome") throw error;
    throw new StorageError("a part of the rows was written", { code: "unknown_outcome", cause: error });
  }

  /** Rows are written whole, so what this release does not know of them is read before and written again. */
  private async readUnknown(
    mapping: TableMapping,
    ops: readonly WriteOp[],
    columns: readonly string[],
    options: CallOptions,
  ): Promise<UnknownValues> {
    const found = new Map<string, readonly unknown[]>();
    const keys: Key[] = columns.length > 0 ? ops.filter(({ op }) => op === "put").map(keyOfOp) : [];
    for (let start = 0; start < keys.length; start += this.capabilities.maxGetKeys) {
      const parameters = new Parameters();
      const where = keyCondition(mapping, keys.slice(start, start + this.capabilities.maxGetKeys), parameters);
      const list = [...mapping.key.map(({ select }) => select), ...columns.map(quote)];
      const sql = `SELECT ${list.join(", ")} FROM ${mapping.quoted} FINAL WHERE ${where}`;
      for (const values of await this.connection.rows({ sql, parameters }, options)) {
        const key = mapping.key.map((column, index) => column.decode(values[index]));
        found.set(encodeTuple(key), values.slice(mapping.key.length));
      }
    }
    return found;
  }

  private mappingOf(table: Table): TableMapping {
    let mapping = this.mappings.get(table);
    if (!mapping) {
      mapping = new TableMapping(table, this.options.prefix);
      this.mappings.set(table, mapping);
    }
    return mapping;
  }
}
