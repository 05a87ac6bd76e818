import {
  type CallOptions,
  type Capabilities,
  type Clock,
  type ConvergeOptions,
  type ConvergeReport,
  checkCall,
  contractVersion,
  type Engine,
  type ReadOp,
  type ReadResults,
  type RemoveRange,
  type RemoveRangeResult,
  StorageError,
  systemClock,
  type Table,
  type WriteOp,
  type WriteOptions,
  type WriteResult,
} from "@stowage/core/engine";
import { journal, retry, stack } from "@stowage/core/layers";
import { capabilities, standaloneCapabilities } from "./capabilities.ts";
import { type Connection, connect } from "./connection.ts";
import { DocumentEngine } from "./document-engine.ts";
import { changeLevel } from "./level.ts";
import { type MongoDBOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import type { Level } from "./schema.ts";

/** Settings of the engine that are no matter of where the database is. */
export interface MongoDBEngineSettings {
  /** Evaluates filters and aggregates on the rows walked, for tests that compare the two. Default `false`. */
  readonly forceDerived?: boolean;
  readonly clock?: Clock;
  /** Takes the lines about what does not keep the store from working. */
  readonly logger?: { warn(message: string): void };
}

/** The engine on MongoDB. Making it opens nothing. */
export const mongodbEngine = (options: MongoDBOptions, settings: MongoDBEngineSettings = {}): MongoDBEngine =>
  new MongoDBEngine(resolveOptions(options), settings);

/** An open database: the engine for its level, and the part of it that makes the schema. */
interface Opened {
  readonly engine: Engine;
  readonly documents: DocumentEngine;
  readonly level: Level;
}

/** What a document may hold beside the batch in it: the journal has one value. */
const journalValueBytes = 14 * 1024 * 1024;

/**
 * Asks the server at its first use whether it has transactions. With them a batch is one; without them it goes through the
 * journal. Until then it declares what holds at both levels.
 */
export class MongoDBEngine implements Engine {
  readonly name = "mongodb";
  readonly contract = contractVersion;
  private readonly options: ResolvedOptions;
  private readonly settings: MongoDBEngineSettings;
  private declared: Capabilities;
  private opening: Promise<Opened> | undefined;
  private closing: Promise<void> | undefined;
  private readonly calls = new Set<Promise<unknown>>();

  constructor(options: ResolvedOptions, settings: MongoDBEngineSettings = {}) {
    this.options = options;
    this.settings = settings;
    this.declared = this.asDeclared(standaloneCapabilities);
  }

  get capabilities(): Capabilities {
    return this.declared;
  }

  converge(tables: readonly Table[], options: ConvergeOptions = {}): Promise<ConvergeReport> {
    return this.run(options, async (opened) => {
      const { statements, unknown } = await opened.engine.converge(tables, options);
      const { documents, engine, level } = opened;
      if (!options.dryRun) await changeLevel(documents, engine, level, options);
      return { statements, unknown };
    });
  }

  read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>> {
    return this.run(options, ({ engine }) => engine.read(ops, options));
  }

  write(ops: readonly WriteOp[], options?: WriteOptions): Promise<WriteResult[]> {
    return this.run(options, ({ engine }) => engine.write(ops, options));
  }

  removeRange(op: RemoveRange, options?: CallOptions): Promise<RemoveRangeResult> {
    return this.run(options, ({ engine }) => engine.removeRange(op, options));
  }

  /** Waits for the calls under way. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      await Promise.allSettled(this.calls);
      const opened = await this.opening?.catch(() => undefined);
      await opened?.engine.close();
    })();
    return this.closing;
  }

  private async run<Result>(call: CallOptions | undefined, task: (opened: Opened) => Promise<Result>): Promise<Result> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed" });
    checkCall(call);
    const running = this.open().then(task);
    this.calls.add(running);
    try {
      return await running;
    } finally {
      this.calls.delete(running);
    }
  }

  private open(): Promise<Opened> {
    this.opening ??= connect(this.options).then(
      (connection) => this.dress(connection),
      (error) => {
        this.opening = undefined;
        throw error;
      },
    );
    return this.opening;
  }

  private dress(connection: Connection): Opened {
    const { skipDefaultIndexes, indexes } = this.options;
    const { forceDerived: isDerived = false, clock = systemClock(), logger } = this.settings;
    const level: Level = connection.hasTransactions ? "native" : "journal";
    const isNative = level === "native";
    const declared = this.asDeclared(isNative ? capabilities : standaloneCapabilities);
    const warn = (message: string) => logger?.warn(message);
    const documents = new DocumentEngine({
      connection,
      capabilities: isNative ? declared : Object.freeze({ ...declared, maxValueBytes: journalValueBytes }),
      schema: { skipDefaultIndexes, indexes, level, warn },
      clock,
      isDerived,
    });
    this.declared = declared;
    const { atomicLimit } = declared;
    return {
      documents,
      level,
      engine: isNative ? documents : stack(documents, [retry(), journal({ clock, atomicLimit })]),
    };
  }

  private asDeclared(of: Capabilities): Capabilities {
    if (!this.settings.forceDerived) return of;
    return Object.freeze({ ...of, nativeFilter: false, nativeAggregate: false });
  }
}
