import {
  type CallOptions,
  type Capabilities,
  type ConvergeOptions,
  type ConvergeReport,
  checkBatch,
  checkCall,
  checkWalk,
  compileFilter,
  contractVersion,
  type Engine,
  type Find,
  filterColumns,
  isConflict,
  isStorageError,
  keyOf,
  keyOfOp,
  type ReadOp,
  type ReadResults,
  type RemoveRange,
  type RemoveRangeResult,
  remove,
  StorageError,
  type StoredRecord,
  type Table,
  type Walk,
  type WriteOp,
  type WriteOptions,
  type WriteResult,
} from "@stowage/core/engine";
import type { Index, Layout } from "./layout.ts";
import { checkSizes, cutBulk } from "./limits.ts";
import { type KvAnswers, type KvPort, type KvWrite, LayoutChanged, type TableRequest } from "./port.ts";
import { type Reading, readAll } from "./reading.ts";
import { readAggregate, readByKeys, readCount, readPage, type WalkSettings } from "./reads.ts";
import { Stamps } from "./stamps.ts";

export interface KvEngineOptions {
  /** Most rows to ask for in one request of a walk. Default 1,000. */
  readonly scanPage?: number;
  /** Rows looked at after which a filtered page ends with `budget`. Default 20,000. */
  readonly scanBudget?: number;
}

const tries = 5;

/** The engine contract over an ordered key-value database. */
export class KvEngine implements Engine {
  readonly name: string;
  readonly contract = contractVersion;
  readonly capabilities: Capabilities;
  private readonly port: KvPort;
  private readonly stamps: Stamps;
  private readonly settings: WalkSettings;
  private readonly underWay = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;

  constructor(port: KvPort, { scanPage = 1_000, scanBudget = 20_000 }: KvEngineOptions = {}) {
    this.name = port.name;
    this.capabilities = port.capabilities;
    this.port = translating(port);
    this.stamps = new Stamps(this.port);
    this.settings = { page: scanPage, budget: scanBudget };
  }

  converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    return this.call(options, () => this.stamps.converge(tables, options));
  }

  read<const Ops extends readonly ReadOp[]>(ops: Ops, options: CallOptions = {}): Promise<ReadResults<Ops>> {
    return this.call(options, async () => {
      for (const op of ops) if ("path" in op) checkWalk(op);
      const readings = await this.withLayouts(ops, options, (layouts) => ops.map((op) => this.reading(op, layouts)));
      return (await readAll(this.port, readings, options)) as ReadResults<Ops>;
    });
  }

  write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<WriteResult[]> {
    const atomic = options.atomic !== false;
    return this.call(options, async () => {
      checkBatch(ops, options);
      if (ops.length === 0) return [];
      return this.onLayout(async () => {
        const batch = await this.batchOf(ops, options);
        checkSizes(batch, this.capabilities, atomic);
        if (atomic) return this.atomically(batch, options);
        for (const part of cutBulk(batch, this.capabilities)) {
          checkCall(options);
          await this.port.bulk(part, options);
        }
        return [];
      });
    });
  }

  removeRange(op: RemoveRange, options: CallOptions = {}): Promise<RemoveRangeResult> {
    return this.call(options, async () => {
      checkWalk(op);
      for (let attempt = 1; ; attempt++) {
        try {
          return await (op.path === undefined
            ? this.clear(op, options)
            : this.prune(op as RemoveRange & Walk, options));
        } catch (error) {
          // Somebody wrote one of the rows meanwhile: it may not be in the range any more.
          if (!isConflict(error) || attempt === tries) throw error;
        }
      }
    });
  }

  close(): Promise<void> {
    this.closing ??= Promise.allSettled(this.underWay).then(() => this.port.close());
    return this.closing;
  }

  private async prune(op: RemoveRange & Walk, options: CallOptions): Promise<RemoveRangeResult> {
    const limit = Math.min(op.limit, this.capabilities.atomicLimit.records);
    const { table, path, eq, range, filter } = op;
    const walk = { table, path, ...(eq && { eq }), ...(range && { range }), ...(filter && { filter }) };
    const find: Find = { op: "find", ...walk, limit, columns: table.key };
    for (let page: { rows: StoredRecord[]; end: string; cursor?: string } | undefined; ; ) {
      const next = page?.cursor === undefined ? find : { ...find, cursor: page.cursor };
      [page] = (await this.read([next], options)) as unknown as [NonNullable<typeof page>];
      if (page.rows.length === 0 && page.end === "budget") continue;
      await this.removeRows(table, page.rows, options);
      return { removed: page.rows.length, done: page.end === "exhausted" };
    }
  }

  private async clear({ table, filter, limit }: RemoveRange, options: CallOptions): Promise<RemoveRangeResult> {
    const most = Math.min(limit, this.capabilities.atomicLimit.records);
    const layout = (await this.stamps.layoutsOf([table], options)).get(table) as Layout;
    const test = filter && compileFilter(table, filter);
    const columns = [...new Set([...table.key, ...filterColumns(filter)])];
    for (let after: string | undefined; ; ) {
      checkCall(options);
      const request: TableRequest = {
        kind: "table",
        layout,
        limit: most,
        columns,
        ...(after !== undefined && { after }),
      };
      const [{ rows, next }] = (await this.port.read([request], options)) as [KvAnswers["table"]];
      const victims = rows.map((row) => layout.project(row, columns)).filter((row) => !test || test(row));
      if (victims.length > 0) await this.removeRows(table, victims, options);
      if (victims.length > 0 || next === undefined) return { removed: victims.length, done: next === undefined };
      after = next;
    }
  }

  private async removeRows(table: Table, rows: readonly StoredRecord[], options: CallOptions): Promise<void> {
    if (rows.length === 0) return;
    const atomic = this.port.write !== undefined;
    const ops = rows.map((row) => remove(table, keyOf(table, row), atomic ? { rev: row._rev } : undefined));
    await this.write(ops, { ...options, atomic });
  }

  private atomically(batch: readonly KvWrite[], options: CallOptions): Promise<WriteResult[]> {
    if (this.port.write) return this.port.write(batch, options);
    throw new StorageError("this database has the bulk form of writes only", { code: "unsupported" });
  }

  private async batchOf(ops: readonly WriteOp[], options: CallOptions): Promise<KvWrite[]> {
    const layouts = await this.stamps.layoutsOf(
      ops.map(({ table }) => table),
      options,
    );
    return ops.map((op) => {
      const layout = layouts.get(op.table) as Layout;
      if (op.op === "put") layout.checkKeys(op.row);
      else if (op.op === "patch" && op.set) layout.checkKeys(op.set as never);
      return { op, layout, id: layout.id(keyOfOp(op)) };
    });
  }

  private reading(op: ReadOp, layouts: ReadonlyMap<Table, Layout>): Reading {
    const layout = layouts.get(op.table) as Layout;
    if (op.op === "get") return readByKeys(layout, op, this.capabilities.maxGetKeys);
    const index = layout.indexOf(op.path) as Index;
    if (op.op === "find") return readPage(layout, index, op, this.settings);
    if (op.op === "count") return readCount(layout, index, op, this.settings);
    return readAggregate(layout, index, op, this.settings);
  }

  /** Gives the layouts in which every path that these reads walk is built. */
  private async withLayouts<Result>(
    ops: readonly ReadOp[],
    options: CallOptions,
    use: (layouts: ReadonlyMap<Table, Layout>) => Result,
  ): Promise<Result> {
    const tables = ops.map(({ table }) => table);
    let layouts = await this.stamps.layoutsOf(tables, options);
    for (const op of ops) {
      if (op.op === "get" || layouts.get(op.table)?.indexOf(op.path)) continue;
      await this.stamps.grow(op.table, op.path, options);
      layouts = await this.stamps.layoutsOf(tables, options);
    }
    return use(layouts);
  }

  /** Repeats what was refused since its layout was out of date. */
  private async onLayout<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof LayoutChanged)) throw error;
        if (attempt === tries) {
          const text = "the tables were changing all the time";
          throw new StorageError(text, { code: "busy", retry: "exhausted", cause: error });
        }
        this.stamps.forget();
      }
    }
  }

  private async call<Result>(options: CallOptions, work: () => Promise<Result>): Promise<Result> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed" });
    checkCall(options);
    const running = work();
    this.underWay.add(running);
    try {
      return await running;
    } finally {
      this.underWay.delete(running);
    }
  }
}

/** The port with errors of ours. Mistakes in a call are found above it, so that a `TypeError` from here is the client's. */
function translating(port: KvPort): KvPort {
  const own =
    <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await call.apply(port, args);
      } catch (error) {
        throw isStorageError(error) || error instanceof LayoutChanged ? error : port.translate(error);
      }
    };
  return {
    name: port.name,
    capabilities: port.capabilities,
    onDemand: port.onDemand ?? false,
    gathers: port.gathers ?? false,
    ...(port.maxPartBytes !== undefined && { maxPartBytes: port.maxPartBytes }),
    translate: (error) => port.translate(error),
    read: own(port.read),
    ...(port.write && { write: own(port.write) }),
    bulk: own(port.bulk),
    reindex: own(port.reindex),
    close: own(port.close),
  };
}
