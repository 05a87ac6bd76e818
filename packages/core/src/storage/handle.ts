import type { DomainContext } from "../domains/shared/context.ts";
import { type Clock, systemClock } from "../engine/clock.ts";
import type { CallOptions, Engine, WriteOptions } from "../engine/engine.ts";
import type {
  ReadOp,
  ReadResults,
  RemoveRange,
  RemoveRangeResult,
  WriteOp,
  WriteResult,
} from "../engine/operations.ts";
import type { Table } from "../engine/table.ts";
import { StorageError } from "../errors.ts";
import { defaultLogger, type Logger } from "../logger.ts";
import { isInitDisabledByEnvironment, Readiness } from "./readiness.ts";

export interface HandleOptions {
  readonly engine: Engine;
  /** Name of the store in error ids, for instance `LIBSQL`. */
  readonly storeName: string;
  readonly tables: readonly Table[];
  readonly disableInit?: boolean;
  readonly adopt?: boolean;
  /** Whether a deliberate `init()` runs again after success. */
  readonly repeatsInit?: () => boolean;
  /** True when the engine needs no initialisation at all. */
  readonly isReady?: boolean;
  readonly clock?: Clock;
  readonly siblings?: (key: string) => unknown;
}

/**
 * One opened engine and what everything on it shares: readiness, logger, clock, and an orderly close. The domains get a
 * guarded view of the engine, which awaits readiness before the first statement and refuses work after `close()`.
 */
export class StorageHandle {
  readonly context: DomainContext;
  private readonly engine: Engine;
  private readonly readiness: Readiness;
  private readonly inFlight = new Set<Promise<unknown>>();
  private closing: Promise<void> | undefined;
  private logger: Logger = defaultLogger;

  constructor({
    engine,
    storeName,
    tables,
    siblings = () => undefined,
    clock = systemClock(),
    ...options
  }: HandleOptions) {
    this.engine = engine;
    this.readiness = new Readiness(
      async () => {
        const { unknown } = await engine.converge(tables, { adopt: options.adopt ?? false });
        for (const name of unknown)
          this.logger.warn(`stowage: the database has ${name}, which this release does not know`);
      },
      () => !options.disableInit && !isInitDisabledByEnvironment(),
      options.repeatsInit,
      options.isReady,
    );
    const handle = this;
    this.context = {
      engine: new GuardedEngine(engine, this),
      storeName,
      clock,
      get logger() {
        return handle.logger;
      },
      setLogger: (logger) => {
        handle.logger = logger;
      },
      disableInit: options.disableInit ?? false,
      init: () => this.track(() => this.readiness.deliberately()),
      ready: async () => this.readiness.lazily(),
      sibling: siblings,
    };
  }

  /** Awaits a running initialisation and the calls in flight, then closes the engine. Later calls are refused. */
  close(): Promise<void> {
    this.closing ??= this.drainAndClose();
    return this.closing;
  }

  /** Runs a call unless the store is closed, after lazy initialisation where `lazy` is asked for. */
  async track<Result>(call: () => Promise<Result>, lazy = false): Promise<Result> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed", status: "CLOSED" });
    const run = lazy ? this.afterReady(call) : call();
    this.inFlight.add(run);
    try {
      return await run;
    } finally {
      this.inFlight.delete(run);
    }
  }

  private async afterReady<Result>(call: () => Promise<Result>): Promise<Result> {
    const pending = this.readiness.lazily();
    if (pending) await pending;
    return call();
  }

  private async drainAndClose(): Promise<void> {
    await this.readiness.settled();
    await Promise.allSettled(this.inFlight);
    await this.engine.close();
  }
}

class GuardedEngine implements Engine {
  readonly name: string;
  readonly contract: Engine["contract"];
  private readonly inner: Engine;
  private readonly handle: StorageHandle;

  constructor(inner: Engine, handle: StorageHandle) {
    this.inner = inner;
    this.handle = handle;
    this.name = inner.name;
    this.contract = inner.contract;
  }

  get capabilities() {
    return this.inner.capabilities;
  }

  converge: Engine["converge"] = (tables, options) => this.handle.track(() => this.inner.converge(tables, options));

  read<const Ops extends readonly ReadOp[]>(ops: Ops, options?: CallOptions): Promise<ReadResults<Ops>> {
    return this.handle.track(() => this.inner.read(ops, options), true);
  }

  write(ops: readonly WriteOp[], options?: WriteOptions): Promise<WriteResult[]> {
    return this.handle.track(() => this.inner.write(ops, options), true);
  }

  removeRange(op: RemoveRange, options?: CallOptions): Promise<RemoveRangeResult> {
    return this.handle.track(() => this.inner.removeRange(op, options), true);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
