import {
  type CallOptions,
  type Capabilities,
  type Clock,
  type ConvergeOptions,
  type ConvergeReport,
  checkAtomicLimit,
  checkBatch,
  checkCall,
  checkValues,
  checkWalk,
  contractVersion,
  cutBulk,
  type Engine,
  pathOf,
  type ReadOp,
  type ReadResults,
  type RemoveRange,
  type RemoveRangeResult,
  StorageError,
  type StoredRow,
  type Table,
  type WriteOp,
  type WriteOptions,
  type WriteResult,
} from "@stowage/core/engine";
import type { Document } from "mongodb";
import type { Connection } from "./connection.ts";
import { translate } from "./errors.ts";
import { indexOfPath } from "./indexes.ts";
import { TableMapping } from "./mapping.ts";
import { readTogether } from "./read-together.ts";
import { collectionOf, inSnapshot, type Reach, readOptions } from "./reading.ts";
import { removeRange } from "./remove-range.ts";
import { buildIndex, converge, noteLevel, readStamps, type SchemaSettings } from "./schema.ts";
import { type Writing, writeBatch } from "./write.ts";
import { writeBulk } from "./write-bulk.ts";

export interface DocumentEngineConfig {
  readonly connection: Connection;
  readonly capabilities: Capabilities;
  readonly schema: SchemaSettings;
  readonly clock: Pick<Clock, "sequence">;
  /** Filters and aggregates are evaluated on the rows walked. */
  readonly isDerived: boolean;
}

/**
 * The contract over an open connection. With transactions it is whole; without them it applies single records and the bulk
 * form, which is what the journal layer builds on.
 */
export class DocumentEngine implements Engine {
  readonly name = "mongodb";
  readonly contract = contractVersion;
  readonly capabilities: Capabilities;
  private readonly config: DocumentEngineConfig;
  private readonly mappings = new Map<Table, TableMapping>();
  /** Tables that are there, by name. */
  private readonly made = new Set<string>();
  private readonly builtOnDemand = new Set<string>();
  private readonly moved: Table[] = [];

  constructor(config: DocumentEngineConfig) {
    this.config = config;
    this.capabilities = config.capabilities;
  }

  async converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    checkCall(options);
    return translated(async () => {
      const { moved, ...report } = await converge(this.reach(options), tables, this.config.schema, options);
      if (!options.dryRun) {
        for (const { name } of tables) this.made.add(name);
        this.moved.push(...moved);
      }
      return report;
    });
  }

  /** Tables whose rows were written at another level, as far as nobody asked yet. */
  takeMoved(): Table[] {
    return this.moved.splice(0);
  }

  /** Notes that these tables are as this level wants them. */
  noteLevel(tables: readonly Table[], call: CallOptions | undefined): Promise<void> {
    return translated(() => noteLevel(this.reach(call), tables, this.config.schema.level));
  }

  /** Keys and revisions of a whole table, piece by piece. */
  async *everyRow(table: Table, batchSize: number, call: CallOptions | undefined): AsyncGenerator<StoredRow[]> {
    const mapping = this.mappingOf(table);
    const reach = this.reach(call);
    const collection = await collectionOf(reach, table);
    const projection = mapping.projection(table.key) as Document;
    let rows: StoredRow[] = [];
    for await (const document of collection.find<Document>({}, { ...readOptions(reach), projection })) {
      rows.push(mapping.row(document, table.key));
      if (rows.length < batchSize) continue;
      yield rows;
      rows = [];
    }
    if (rows.length > 0) yield rows;
  }

  async read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>> {
    checkCall(options);
    for (const op of ops) if ("path" in op) checkWalk(op);
    if (ops.length === 0) return [] as unknown as ReadResults<Ops>;
    return translated(async () => {
      await this.prepare(ops, options);
      const reach = this.reach(options);
      const isOneRequest = ops.length === 1;
      const answers = await inSnapshot(reach, (session) => readTogether({ ...reach, session }, ops), { isOneRequest });
      return answers as ReadResults<Ops>;
    }, options);
  }

  async write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<WriteResult[]> {
    checkCall(options);
    checkBatch(ops, options);
    if (ops.length === 0) return [];
    checkValues(ops, this.capabilities);
    const isAtomic = options.atomic !== false;
    if (isAtomic) checkAtomicLimit(ops, this.capabilities);
    return translated(async () => {
      await this.prepare(ops, options);
      const writing: Writing = { ...this.reach(options), clock: this.config.clock };
      if (isAtomic) return writeBatch(writing, ops);
      for (const part of cutBulk(ops, this.capabilities)) await writeBulk(writing, part);
      return [];
    });
  }

  async removeRange(op: RemoveRange, options?: CallOptions): Promise<RemoveRangeResult> {
    checkCall(options);
    checkWalk(op);
    return translated(async () => {
      await this.prepare([op], options);
      const writing: Writing = { ...this.reach(options), clock: this.config.clock };
      return removeRange(writing, op, this.capabilities.atomicLimit.records);
    });
  }

  close(): Promise<void> {
    return this.config.connection.close();
  }

  private reach(call: CallOptions | undefined): Reach {
    const { connection, isDerived } = this.config;
    return { connection, isDerived, call, session: undefined, mappingOf: (table) => this.mappingOf(table) };
  }

  private mappingOf(table: Table): TableMapping {
    let mapping = this.mappings.get(table);
    if (!mapping) this.mappings.set(table, (mapping = new TableMapping(table)));
    return mapping;
  }

  /** MongoDB would make a missing collection in silence. @throws StorageError `not_initialised`. */
  private async prepare(
    ops: readonly { readonly table: Table; readonly path?: string }[],
    call: CallOptions | undefined,
  ): Promise<void> {
    if (ops.some(({ table }) => !this.made.has(table.name))) {
      for (const name of (await readStamps(this.reach(call))).keys()) this.made.add(name);
      const missing = ops.find(({ table }) => !this.made.has(table.name));
      if (missing) {
        throw new StorageError("the storage is not initialised: a collection is missing; call init()", {
          code: "not_initialised",
          details: { table: missing.table.name },
        });
      }
    }
    for (const { table, path } of ops) {
      if (path === undefined || !pathOf(table, path).onDemand || this.config.schema.skipDefaultIndexes) continue;
      const plan = indexOfPath(table, pathOf(table, path));
      if (this.builtOnDemand.has(plan.name)) continue;
      const collection = await this.config.connection.collection(table.name);
      await buildIndex(this.reach(call), collection, plan, this.config.schema);
      this.builtOnDemand.add(plan.name);
    }
  }
}

/** Runs requests; whatever fails is one of our errors. A read that ended with its call says so. */
async function translated<Result>(task: () => Promise<Result>, call?: CallOptions): Promise<Result> {
  try {
    return await task();
  } catch (error) {
    if (call?.signal?.aborted) checkCall(call);
    if (error instanceof TypeError) throw error;
    throw translate(error);
  }
}
