import {
  type CallOptions,
  type Capabilities,
  type Clock,
  type ConvergeOptions,
  type ConvergeReport,
  checkAtomicLimit,
  checkBatch,
  checkCall,
  checkWalk,
  contractVersion,
  cutBulk,
  type Engine,
  isStorageError,
  type ReadOp,
  type ReadResults,
  type RemoveRange,
  type RemoveRangeResult,
  StorageError,
  type StoredSizes,
  systemClock,
  type Table,
  type WriteOp,
  type WriteOptions,
  type WriteResult,
} from "@stowage/core/engine";
import { type BatchConnection, BatchFailure, type SqlConnection, type SqlRow, type Statement } from "./connection.ts";
import type { Dialect } from "./dialect.ts";
import { TableMapping } from "./mapping.ts";
import { readAggregate } from "./read/aggregate.ts";
import { readCount } from "./read/count.ts";
import { readPage, type WalkOptions } from "./read/find.ts";
import { readByKeys } from "./read/get.ts";
import { type Reading, roundOf } from "./read/reading.ts";
import { converge } from "./schema/converge.ts";
import { createIndex } from "./schema/definition.ts";
import type { Strategy, WritePlan } from "./strategy.ts";
import { BatchPlan, bulkStatements } from "./write/batched.ts";
import { tableGuard } from "./write/guard.ts";
import { type BatchContext, InteractiveBatch } from "./write/interactive.ts";
import { JoinedWrites } from "./write/joined.ts";
import { removeRange } from "./write/remove-range.ts";
import { orPutBack } from "./write/undo.ts";

export interface SqlEngineConfig {
  /** Short lower-case name of the engine. */
  readonly name: string;
  readonly dialect: Dialect;
  readonly capabilities: Capabilities;
  /** Opens the connection; called once, at the first use, and again after it failed. */
  readonly connect: () => Promise<SqlConnection>;
  /** The longest key part that is not refused beforehand, in bytes. Default: the one declared as always stored. */
  readonly longestKey?: number;
  /** How batches and the schema are made, where a database has a way of its own. */
  readonly strategy?: Strategy;
  /** What the names of tables, indexes and helpers begin with. Default: nothing. */
  readonly prefix?: string;
  /** Most rows to fetch at a time where a walk goes on in pages. Default 1,000. */
  readonly scanPage?: number;
  /** Filters and aggregates are evaluated on the rows walked, never by the database: for tests that compare the two. */
  readonly forceDerived?: boolean;
  readonly clock?: Pick<Clock, "sequence">;
}

/** Most rows that a read of few rows looks at. */
const mostOfShort = 200;

/** Whether a read looks at few rows, however many there are. */
function isShort(op: ReadOp): boolean {
  if (op.op === "get") return op.keys.length <= mostOfShort;
  if (op.op !== "find" || op.filter !== undefined || op.limit === undefined) return false;
  return op.limit + (op.offset ?? 0) <= mostOfShort;
}

/** How often a batch starts over whose refusal had no reason any more when it was looked for. */
const mostRefusalsGone = 8;

/** The engine contract over a dialect and a connection. */
export class SqlEngine implements Engine {
  readonly name: string;
  readonly contract = contractVersion;
  readonly capabilities: Capabilities;
  private readonly dialect: Dialect;
  private readonly strategy: Strategy;
  private readonly longestKey: number;
  private readonly prefix: string;
  private readonly walkOptions: WalkOptions;
  /** At the other end of a wire a page is one request. */
  private readonly remoteWalkOptions: WalkOptions;
  private readonly context: BatchContext;
  private readonly connect: () => Promise<SqlConnection>;
  private readonly mappings = new Map<Table, TableMapping>();
  private readonly builtOnDemand = new Set<string>();
  readonly sizes?: Engine["sizes"];
  private joined: JoinedWrites | undefined;
  private connection: SqlConnection | undefined;
  private connecting: Promise<SqlConnection> | undefined;
  private closed = false;

  constructor(config: SqlEngineConfig) {
    const derived = config.forceDerived ?? false;
    const clock = config.clock ?? systemClock();
    this.name = config.name;
    this.dialect = config.dialect;
    this.strategy = config.strategy ?? {};
    this.longestKey = config.longestKey ?? config.capabilities.maxKeyBytes;
    this.prefix = config.prefix ?? "";
    this.connect = config.connect;
    const { capabilities } = config;
    this.capabilities = derived
      ? Object.freeze({ ...capabilities, nativeFilter: false, nativeJsonFilter: false, nativeAggregate: false })
      : capabilities;
    const { sizes } = this.strategy;
    if (sizes) this.sizes = (tables, options) => this.sizesOf(sizes, tables, options);
    const walkOptions = { nativeFilter: !derived, nativeAggregate: !derived, scanPage: config.scanPage ?? 1000 };
    this.walkOptions = { ...walkOptions, scanBudget: 20 * walkOptions.scanPage };
    this.remoteWalkOptions = { ...walkOptions, scanBudget: 0 };
    this.context = {
      mappingOf: ({ table }) => this.mappingOf(table),
      sequence: (after) => clock.sequence(after),
    };
  }

  async converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    const connection = await this.use(options);
    return this.translated(() =>
      (this.strategy.converge ?? converge)({
        connection,
        dialect: this.dialect,
        prefix: this.prefix,
        mappings: tables.map((table) => this.mappingOf(table)),
        options,
        sequence: () => this.context.sequence(),
      }),
    );
  }

  async read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>> {
    const connection = this.connection && !this.closed ? this.connection : await this.use(options);
    if (options) checkCall(options);
    try {
      for (const op of ops) if ("path" in op) checkWalk(op);
      const readings = ops.map((op) => this.reading(op, connection));
      const onDemand = this.missingOnDemand(ops);
      if (onDemand.length > 0) await this.build(connection, onDemand, options);
      if (readings.some(({ walksOn }) => walksOn)) await this.walk(connection, readings, options);
      else {
        const { statements, deal } = roundOf(readings);
        const how = ops.every(isShort) ? options : { ...options, isLong: true };
        if (statements.length > 0) deal(await connection.read(statements, how));
      }
      return readings.map((reading) => reading.result()) as ReadResults<Ops>;
    } catch (error) {
      throw this.translate(error);
    }
  }

  async write(ops: readonly WriteOp[], options: WriteOptions = {}): Promise<WriteResult[]> {
    const connection = this.connection && !this.closed ? this.connection : await this.use(options);
    checkCall(options);
    if (ops.length === 0) return [];
    try {
      checkBatch(ops, options);
      if (options.atomic !== false) {
        checkAtomicLimit(ops, this.capabilities);
        return await this.apply(connection, ops, options);
      }
      for (const part of cutBulk(ops, this.capabilities)) await this.applyBulk(connection, part, options);
      return [];
    } catch (error) {
      throw this.translate(error);
    }
  }

  async removeRange(op: RemoveRange, options: CallOptions = {}): Promise<RemoveRangeResult> {
    const connection = await this.use(options);
    return this.translated(async () => {
      checkWalk(op);
      await this.build(connection, this.missingOnDemand([op]), options);
      return removeRange(connection, this.mappingOf(op.table), op, this.walkOptions, options);
    });
  }

  private async sizesOf(statement: Statement, tables: readonly Table[], options?: CallOptions): Promise<StoredSizes> {
    const connection = await this.use(options);
    return this.translated(async () => {
      const [rows = []] = await connection.read([statement], { ...options, isLong: true });
      const whole = rows.find(([name]) => name === null);
      const byName = new Map(rows.map(([name, bytes, count]) => [name, { bytes, count }]));
      const known = tables.flatMap((table) => {
        const found = byName.get(this.mappingOf(table).names.table);
        if (!found) return [];
        const { bytes, count } = found;
        return [[table.name, { bytes: Number(bytes), ...(count !== null && { rows: Number(count) }) }] as const];
      });
      return { ...(whole && { bytes: Number(whole[1]) }), tables: new Map(known) };
    });
  }

  /** The database's plan for the first statements of a read, a line for each step. For tests and diagnosis. */
  async explain(op: ReadOp): Promise<string[]> {
    const connection = await this.use();
    return this.translated(async () => {
      await this.build(connection, this.missingOnDemand([op]));
      const statements = this.reading(op, connection).statements();
      const plans = await connection.read(
        statements.map(({ sql, args }) => ({ sql: `${this.dialect.explain}${sql}`, args })),
      );
      return plans.flat().map((row: SqlRow) => String(row[row.length - 1]));
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.joined?.idle();
    const connection = this.connection ?? (await this.connecting?.catch(() => undefined));
    await connection?.close();
  }

  private async use(options?: CallOptions): Promise<SqlConnection> {
    if (this.closed) throw new StorageError("the storage is closed", { code: "closed" });
    checkCall(options);
    if (this.connection) return this.connection;
    this.connecting ??= this.connect().then(
      (connection) => {
        this.connection = connection;
        return connection;
      },
      (error) => {
        this.connecting = undefined;
        throw this.translate(error);
      },
    );
    const connection = await this.connecting;
    if (this.closed) throw new StorageError("the storage is closed", { code: "closed" });
    return connection;
  }

  private mappingOf(table: Table): TableMapping {
    let mapping = this.mappings.get(table);
    if (!mapping) {
      const { maxValueBytes } = this.capabilities;
      const maxKeyBytes = this.longestKey;
      mapping = new TableMapping(table, this.dialect, { prefix: this.prefix, maxKeyBytes, maxValueBytes });
      this.mappings.set(table, mapping);
    }
    return mapping;
  }

  private reading(op: ReadOp, { kind }: SqlConnection): Reading {
    const mapping = this.mappingOf(op.table);
    const walkOptions = kind === "interactive" ? this.walkOptions : this.remoteWalkOptions;
    switch (op.op) {
      case "get":
        return readByKeys(mapping, op, this.capabilities.maxGetKeys);
      case "find":
        return readPage(mapping, op, walkOptions);
      case "count":
        return readCount(mapping, op, walkOptions);
      case "aggregate":
        return readAggregate(mapping, op, walkOptions);
    }
  }

  /** Reads that go on after their first round, at one state of the database. */
  private async walk(connection: SqlConnection, readings: readonly Reading[], options?: CallOptions): Promise<void> {
    if (connection.kind === "interactive") {
      return connection.walk((session) => {
        const { statements, deal } = roundOf(readings);
        if (statements.length === 0) return true;
        deal(statements.map(({ sql, args }) => session.all(sql, args)));
        return false;
      }, options);
    }
    await connection.snapshot(async (read) => {
      for (let round = roundOf(readings); round.statements.length > 0; round = roundOf(readings)) {
        round.deal(await read(round.statements, options));
      }
    }, options);
  }

  private apply(connection: SqlConnection, ops: readonly WriteOp[], options: CallOptions): Promise<WriteResult[]> {
    if (connection.kind === "interactive") {
      return connection.transaction((session) => {
        const apply = () => new InteractiveBatch(session, ops, this.context).apply();
        return connection.rollsBack === false ? orPutBack(session, ops, this.context, apply) : apply();
      }, options);
    }
    const { joinWrites } = this.strategy;
    // A call that may be given up goes alone.
    if (!joinWrites || options.signal || options.deadline !== undefined)
      return this.applyAlone(connection, ops, options);
    this.joined ??= new JoinedWrites({
      soon: joinWrites,
      together: async (all) => {
        const plan = this.plan(all);
        return plan.settle(await connection.batch(plan.statements));
      },
      alone: (own) => this.applyAlone(connection, own, {}),
    });
    return this.joined.write(ops);
  }

  private async applyAlone(
    connection: BatchConnection,
    ops: readonly WriteOp[],
    options: CallOptions,
  ): Promise<WriteResult[]> {
    for (let tries = 0; ; tries++) {
      const plan = this.plan(ops);
      try {
        return plan.settle(await connection.batch(plan.statements, options));
      } catch (error) {
        if (!(error instanceof BatchFailure)) throw error;
        const refusal = await plan.refusalOf(error, (statements) => connection.read(statements, options));
        if (refusal !== undefined || tries + 1 >= mostRefusalsGone) throw refusal ?? error.cause;
      }
    }
  }

  private plan(ops: readonly WriteOp[]): WritePlan {
    return (
      this.strategy.plan?.(ops, this.context) ??
      new BatchPlan(ops, this.context, this.strategy.guard ?? tableGuard(this.dialect, this.prefix))
    );
  }

  private async applyBulk(connection: SqlConnection, ops: readonly WriteOp[], options: CallOptions): Promise<void> {
    if (connection.kind === "interactive") {
      return connection.transaction((session) => new InteractiveBatch(session, ops, this.context).applyBulk(), options);
    }
    const statements = this.strategy.bulk ? this.strategy.bulk(ops, this.context) : bulkStatements(ops, this.context);
    await connection.batch(statements, options);
  }

  /** Indexes of paths declared so that a walk is about to need for the first time. */
  private missingOnDemand(ops: readonly (ReadOp | RemoveRange)[]): Statement[] {
    const statements: Statement[] = [];
    for (const op of ops) {
      if (!("path" in op) || op.path === undefined || !op.table.paths[op.path]?.onDemand) continue;
      const mapping = this.mappingOf(op.table);
      const index = mapping.indexOf(mapping.path(op.path));
      if (!index?.onDemand) continue;
      const own = this.strategy.onDemand?.(mapping, index) ?? [{ sql: createIndex(mapping, index), args: [] }];
      if (own.every(({ sql }) => this.builtOnDemand.has(sql))) continue;
      // What two walks have in common is run once: a batch of SQL Server declares a variable once only.
      statements.push(...own.filter(({ sql }) => !statements.some((known) => known.sql === sql)));
    }
    return statements;
  }

  private async build(
    connection: SqlConnection,
    statements: readonly Statement[],
    options?: CallOptions,
  ): Promise<void> {
    if (statements.length === 0) return;
    if (connection.kind === "interactive") {
      await connection.transaction((session) => {
        for (const { sql } of statements) session.run(sql, []);
      }, options);
    } else if (this.strategy.build) await this.strategy.build(statements, options);
    else await connection.batch(statements, options);
    for (const { sql } of statements) this.builtOnDemand.add(sql);
  }

  private async translated<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw this.translate(error);
    }
  }

  private translate(error: unknown): unknown {
    if (isStorageError(error)) return error;
    // A mistake in the call, as against one of the database.
    if (error instanceof TypeError) return error;
    return this.dialect.translate(error);
  }
}
