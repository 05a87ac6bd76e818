import type { DomainContext } from "../domains/shared/context.ts";
import { type Clock, systemClock } from "../engine/clock.ts";
import type { Engine } from "../engine/engine.ts";
import { recentRows } from "../engine/recent-rows.ts";
import type { Table } from "../engine/table.ts";
import { StorageError } from "../errors.ts";
import { forward } from "../layers/stack.ts";
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
  /** Options of single domains, by domain key. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Where the data is, for people to read. */
  readonly target?: string | undefined;
  readonly sizes?: DomainContext["sizes"];
}

/**
 * One opened engine and what everything on it shares: readiness, logger, clock, and an orderly close. The domains get a
 * guarded view of the engine, which awaits readiness before the first statement and refuses work after `close()`.
 */
export class StorageHandle {
  readonly context: DomainContext;
  private readonly engine: Engine;
  private readonly readiness: Readiness;
  /** Calls under way, and who waits for the last of them. */
  private active = 0;
  private idle: (() => void) | undefined;
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
    const { sizes } = options;
    this.context = {
      engine: this.guard(engine),
      storeName,
      clock,
      get logger() {
        return handle.logger;
      },
      setLogger: (logger) => {
        handle.logger = logger;
      },
      disableInit: options.disableInit ?? false,
      init: () => this.track(() => this.readiness.deliberately(), false),
      ready: async () => this.readiness.lazily(),
      settings: options.settings ?? {},
      target: options.target,
      sizes: sizes && ((tables, call) => this.track(() => sizes(tables, call), true)),
      sibling: siblings,
    };
  }

  /** Awaits a running initialisation and the calls in flight, then closes the engine. Later calls are refused. */
  close(): Promise<void> {
    this.closing ??= this.drainAndClose();
    return this.closing;
  }

  /** Runs a call unless the store is closed, after lazy initialisation where `lazy` is asked for. */
  private async track<Result>(call: () => Promise<Result>, lazy: boolean): Promise<Result> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed", status: "CLOSED" });
    this.active++;
    try {
      const pending = lazy ? this.readiness.lazily() : undefined;
      if (pending) await pending;
      return await call();
    } finally {
      if (--this.active === 0) this.idle?.();
    }
  }

  private async drainAndClose(): Promise<void> {
    await this.readiness.settled();
    if (this.active > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve;
      });
    }
    await this.engine.close();
  }

  private guard(engine: Engine): Engine {
    const guarded: Engine = forward(engine, {
      converge: (tables, options) => this.track(() => engine.converge(tables, options), false),
      read: (ops, options) => this.track(() => engine.read(ops, options), true),
      write: (ops, options) => {
        recentRows(guarded).forgetAll(ops);
        return this.track(() => engine.write(ops, options), true);
      },
      removeRange: (op, options) => this.track(() => engine.removeRange(op, options), true),
      close: () => this.close(),
    });
    return guarded;
  }
}
