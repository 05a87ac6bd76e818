import { type CallOptions, StorageError } from "@stowage/core/engine";
import type { Session } from "@stowage/sql";
import Database from "libsql";
import { isBusy } from "../errors.ts";
import type { ResolvedOptions } from "../options.ts";
import { untilFree } from "../patience.ts";
import { collectGarbage } from "./collect.ts";
import type { Location } from "./location.ts";
import { PreparedSession } from "./prepared.ts";
import { WalkReaders } from "./reader.ts";

/** The library waits this long for a lock by itself, in milliseconds, and holds the event loop meanwhile. */
const blockingWait = 5;

/**
 * Pages that the WAL collects before they go into the main file: 32 MB of the usual size. SQLite's own 1,000 are what one or
 * two large batches write, so that each would carry the same pages of indexes over once more.
 */
const checkpointAfter = 8000;

/**
 * One database of this process: one connection that all stores on the file share. Its calls run to their end without
 * yielding, so no transaction is open between them and a store cannot get into another's. Write transactions that find the
 * file locked by another process wait in line.
 */
export class NativeDatabase {
  private readonly location: Location;
  private readonly options: ResolvedOptions;
  private database: Database.Database;
  private session: PreparedSession;
  private readonly readers: WalkReaders;
  private isConfigured = false;
  private line: Promise<unknown> | undefined;

  private constructor(location: Location, options: ResolvedOptions) {
    this.location = location;
    this.options = options;
    this.database = openDatabase(location);
    this.session = new PreparedSession(this.database);
    this.readers = new WalkReaders(() => openReader(location, options), options.patience);
  }

  /** @throws the library's error when the file cannot be opened, StorageError `unsupported` when it refuses a setting. */
  static async open(location: Location, options: ResolvedOptions): Promise<NativeDatabase> {
    const opened = new NativeDatabase(location, options);
    try {
      await opened.patiently(() => opened.configure());
      return opened;
    } catch (error) {
      opened.database.close();
      throw error;
    }
  }

  /** Runs reads on one state of the database. A single statement is that by itself. */
  async read<Result>(work: (session: Session) => Result, alone: boolean, options?: CallOptions): Promise<Result> {
    const attempt = () => (alone ? work(this.session) : this.between("BEGIN", work));
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      return this.patiently(attempt, options);
    }
  }

  /**
   * Calls `step` until it returns true, at one state of the database. A file in WAL mode has other connections for that, so
   * that the event loop goes on and writes too; anywhere else the walk runs to its end.
   */
  async walk(step: (session: Session) => boolean, options?: CallOptions): Promise<void> {
    if (!this.location.isMemory && this.options.journalMode === "wal") return this.readers.walk(step, options);
    const toItsEnd = (session: Session) => {
      while (!step(session));
    };
    return this.read(toItsEnd, false, options);
  }

  async transaction<Result>(work: (session: Session) => Result, options?: CallOptions): Promise<Result> {
    const attempt = () => this.between("BEGIN IMMEDIATE", work);
    if (this.line) return this.inLine(attempt, options);
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error)) throw error;
      return this.inLine(attempt, options);
    }
  }

  /** Ends after the transactions that wait in line, with everything in the main file. */
  async close(): Promise<void> {
    await Promise.all([this.line, this.readers.close()]);
    try {
      this.session.all("PRAGMA wal_checkpoint(TRUNCATE)", []);
    } catch {
      // Another process is reading; the last one to close will do it.
    }
    this.session.clear();
    this.database.close();
    if (process.platform === "win32") await collectGarbage();
  }

  private between<Result>(begin: string, work: (session: Session) => Result): Result {
    if (!this.isConfigured) this.configure();
    const { database } = this;
    database.exec(begin);
    try {
      const result = work(this.session);
      database.exec("COMMIT");
      return result;
    } catch (error) {
      // Some failures have ended the transaction already.
      if (database.inTransaction) database.exec("ROLLBACK");
      if (isBusy(error)) this.reopenWhenStuck();
      throw error;
    }
  }

  /**
   * A statement that met a lock in the middle of its work stays unfinished until it is collected, and as long no transaction
   * of its connection can be committed. A fresh connection is then the only way on.
   */
  private reopenWhenStuck(): void {
    if (this.location.isMemory) return;
    try {
      this.database.exec("BEGIN");
      this.database.exec("COMMIT");
    } catch {
      const stuck = this.database;
      this.database = openDatabase(this.location);
      this.session.clear();
      this.session = new PreparedSession(this.database);
      this.isConfigured = false;
      stuck.close();
    }
  }

  private configure(): void {
    configure(this.session, this.location, this.options);
    this.isConfigured = true;
  }

  private async inLine<Result>(attempt: () => Result, options?: CallOptions): Promise<Result> {
    const before = this.line;
    const turn = (async () => {
      await before;
      return this.patiently(attempt, options);
    })();
    const settled = turn.catch(() => undefined);
    this.line = settled;
    try {
      return await turn;
    } finally {
      if (this.line === settled) this.line = undefined;
    }
  }

  private patiently<Result>(attempt: () => Result, options?: CallOptions): Promise<Result> {
    return untilFree(attempt, isBusy, this.options.patience, options);
  }
}

const openDatabase = ({ path }: Location) => new Database(path, { timeout: blockingWait } as Database.Options);

/** A connection that cannot write. */
function openReader(location: Location, { cacheSize, mmapSize }: ResolvedOptions): Database.Database {
  const database = openDatabase(location);
  database.exec(`PRAGMA query_only = 1; PRAGMA cache_size = ${cacheSize}; PRAGMA mmap_size = ${mmapSize}`);
  return database;
}

/** Sets what every connection needs, and looks whether it took. */
function configure(session: Session, { isMemory }: Location, options: ResolvedOptions): void {
  if (isMemory) return;
  const { journalMode, durability, cacheSize, mmapSize } = options;
  const [[journal] = []] = session.all(`PRAGMA journal_mode = ${journalMode}`, []);
  if (journal !== journalMode) {
    throw new StorageError(`the file takes no ${journalMode} journal; another journalMode may work`, {
      code: "unsupported",
      details: { journalMode, found: String(journal) },
    });
  }
  // Without a WAL, NORMAL could damage the file when the power fails.
  const synchronous = durability === "full" || journalMode !== "wal" ? 2 : 1;
  session.run(`PRAGMA synchronous = ${synchronous}`, []);
  session.run(`PRAGMA cache_size = ${cacheSize}`, []);
  session.all(`PRAGMA mmap_size = ${mmapSize}`, []);
  session.all(`PRAGMA wal_autocheckpoint = ${checkpointAfter}`, []);
  const [[found] = []] = session.all("PRAGMA synchronous", []);
  if (found !== synchronous) throw new StorageError("the file takes no level of durability", { code: "unsupported" });
}
