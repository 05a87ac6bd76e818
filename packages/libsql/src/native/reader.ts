import { type CallOptions, checkCall } from "@stowage/core/engine";
import type { Session } from "@stowage/sql";
import type Database from "libsql";
import { isBusy } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import { untilFree } from "../patience.ts";
import { PreparedSession } from "./prepared.ts";

/** How long a walk holds the event loop at a time, in milliseconds. */
const slice = 10;

/** Connections open for walks at most; further walks wait for one. */
const most = 4;

/**
 * Connections beside the one that writes, for walks too long to hold the event loop: what one of them has begun to read
 * stays as it was, whatever is written meanwhile.
 */
export class WalkReaders {
  private readonly openReader: () => Database.Database;
  private readonly patience: ResolvedOptions["patience"];
  private readonly idle: Reader[] = [];
  private readonly waiting: ((reader: Reader) => void)[] = [];
  private readonly walks = new Set<Promise<void>>();
  private count = 0;

  constructor(openReader: () => Database.Database, patience: ResolvedOptions["patience"]) {
    this.openReader = openReader;
    this.patience = patience;
  }

  /** Calls `step` until it returns true. All calls see one state; others may run between them. */
  walk(step: (session: Session) => boolean, options?: CallOptions): Promise<void> {
    const walk = this.lend((reader) => reader.walk(step, this.patience, options));
    const settled = walk.catch(() => undefined);
    this.walks.add(settled);
    void settled.then(() => this.walks.delete(settled));
    return walk;
  }

  /** Ends after the walks under way. */
  async close(): Promise<void> {
    await Promise.all(this.walks);
    for (const reader of this.idle.splice(0)) reader.close();
    this.count = 0;
  }

  private async lend(use: (reader: Reader) => Promise<void>): Promise<void> {
    const reader = await this.acquire();
    try {
      await use(reader);
    } finally {
      const next = this.waiting.shift();
      if (next) next(reader);
      else this.idle.push(reader);
    }
  }

  private async acquire(): Promise<Reader> {
    const reader = this.idle.pop();
    if (reader) return reader;
    if (this.count >= most) return new Promise((resolve) => this.waiting.push(resolve));
    const opened = new Reader(this.openReader());
    this.count++;
    return opened;
  }
}

class Reader {
  private readonly database: Database.Database;
  private readonly session: PreparedSession;

  constructor(database: Database.Database) {
    this.database = database;
    this.session = new PreparedSession(database);
  }

  async walk(
    step: (session: Session) => boolean,
    patience: ResolvedOptions["patience"],
    options?: CallOptions,
  ): Promise<void> {
    this.database.exec("BEGIN");
    try {
      // Only the first statement can meet a lock, and it has then done nothing.
      const next = () => untilFree(() => step(this.session), isBusy, patience, options);
      for (let since = performance.now(); !(await next()); ) {
        if (performance.now() - since < slice) continue;
        await new Promise((resolve) => setImmediate(resolve));
        checkCall(options);
        since = performance.now();
      }
    } finally {
      this.database.exec("ROLLBACK");
    }
  }

  close(): void {
    this.session.clear();
    this.database.close();
  }
}
