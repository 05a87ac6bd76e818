import { type CallOptions, checkCall, jitter, pause, StorageError } from "@stowage/core/engine";
import {
  type BatchConnection,
  BatchFailure,
  type SqlRow,
  type SqlValue,
  type Statement,
  type StatementResult,
} from "@stowage/sql";
import type { PoolLike, RequestLike, RequestLimits } from "./clients.ts";
import {
  endsSession,
  lacksSnapshots,
  lostAgainstOthers,
  numberOf,
  ServerError,
  translate,
  unknownOutcome,
} from "./errors.ts";
import { numbered, RequestFailure, type RowSet, type SendOptions, send } from "./requests.ts";

/**
 * How several reads see one moment: on versions of rows where the database keeps such, for whole transactions or for single
 * statements, else on locks.
 */
export type Isolation = "snapshot" | "statement" | "locks";

export interface MssqlConnectionOptions {
  readonly pool: PoolLike;
  readonly isolation: Isolation;
  /** Whether the pool is one of our own copy of the client. */
  readonly typed: boolean;
  /** Closes the pool, when it is ours. */
  readonly end: () => Promise<void>;
}

/** Parameters of one request; the server takes 2,100. */
const mostParameters = 2000;

/**
 * How long work on the schema may take, in milliseconds, whatever a pool says of its requests: it waits for other processes
 * at the same work, for which their lock gives a minute.
 */
const longWork = { requestTimeout: 180_000 };

/** How often a request starts over that lost against others: of it nothing has happened. */
const tries = 5;

/** The numbers that `Transaction.begin` takes. */
const levels = { committed: 2, serializable: 4, snapshot: 5 } as const;

/** The first column of the row in which a batch tells that it failed. */
const failureMark = "stowage_failed";

const head = "SET NOCOUNT ON; SET XACT_ABORT ON;";

/**
 * Reads and writes over a pool. A request takes one connection for as long as it runs; what it sets goes with it, since the
 * server runs it as a procedure.
 */
export class MssqlConnection implements BatchConnection {
  readonly kind = "batch";
  private readonly pool: PoolLike;
  private isolation: Isolation;
  private readonly typed: boolean;
  private readonly end: () => Promise<void>;
  private active = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor({ pool, isolation, typed, end }: MssqlConnectionOptions) {
    this.pool = pool;
    this.isolation = isolation;
    this.typed = typed;
    this.end = end;
  }

  read(statements: readonly Statement[], options?: CallOptions): Promise<readonly (readonly SqlRow[])[]> {
    const parts = inParts(statements);
    if (parts.length > 1) {
      return this.snapshot(async (read) => {
        const answers: (readonly SqlRow[])[] = [];
        for (const part of parts) answers.push(...(await read(part, options)));
        return answers;
      }, options);
    }
    return this.counted(() => this.readOnce(statements, options));
  }

  /** Reads of the catalogue, at no level in particular: it keeps no versions. */
  catalogue(statements: readonly Statement[], options?: CallOptions): Promise<readonly (readonly SqlRow[])[]> {
    const { texts, args } = numbered(statements);
    const ask = () => this.ask(() => this.pool.request(longWork), `${head} ${texts.join("; ")}`, args, options);
    return this.counted(async () => rowsOf(await this.patiently(ask, options)));
  }

  /** A batch that makes tables or indexes. */
  make(statements: readonly Statement[], options?: CallOptions): Promise<readonly StatementResult[]> {
    return this.counted(() => this.patiently(() => this.batchOnce(statements, options, longWork), options));
  }

  batch(statements: readonly Statement[], options?: CallOptions): Promise<readonly StatementResult[]> {
    return this.counted(() => this.patiently(() => this.batchOnce(statements, options), options));
  }

  /** Reads in several requests of one transaction. */
  snapshot<Result>(work: (read: BatchConnection["read"]) => Promise<Result>, options?: CallOptions): Promise<Result> {
    return this.counted(async () => {
      checkCall(options);
      const transaction = this.pool.transaction();
      try {
        await transaction.begin(this.isolation === "snapshot" ? levels.snapshot : levels.serializable);
      } catch (error) {
        throw translate(error);
      }
      try {
        return await work(async (statements) => {
          const answers: (readonly SqlRow[])[] = [];
          for (const part of inParts(statements)) {
            const { texts, args } = numbered(part);
            const text = `SET NOCOUNT ON; ${texts.join("; ")}`;
            answers.push(...rowsOf(await this.ask(() => transaction.request(), text, args, options)));
          }
          return answers;
        });
      } finally {
        // The level belongs to the session, which others use after us. A server that rolled back has told so already.
        await transaction
          .request()
          .batch("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
          .catch(() => undefined);
        await transaction.rollback().catch(() => undefined);
      }
    });
  }

  /** Work in one transaction on one connection, request by request. What fails undoes all of it. */
  together<Result>(
    work: (run: (statements: readonly Statement[]) => Promise<SqlRow[][]>) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.counted(async () => {
      checkCall(options);
      const transaction = this.pool.transaction();
      try {
        await transaction.begin(levels.committed);
        const result = await work(async (statements) => {
          const answers: SqlRow[][] = [];
          for (const each of statements) {
            const { texts, args } = numbered([each]);
            const request = () => transaction.request(longWork);
            const sets = await this.ask(request, `${head} ${texts.join()}`, args, options);
            answers.push(sets.at(-1)?.rows ?? []);
          }
          return answers;
        });
        await transaction.commit();
        return result;
      } catch (error) {
        await transaction.rollback().catch(() => undefined);
        throw translate(error);
      }
    });
  }

  /** Ends after the calls under way. */
  close(): Promise<void> {
    this.closing ??= this.drain().then(() => this.end());
    return this.closing;
  }

  private async readOnce(statements: readonly Statement[], options?: CallOptions): Promise<readonly SqlRow[][]> {
    const { texts, args } = numbered(statements);
    const [only, ...others] = statements;
    const level = this.levelOf(others.length === 0, only?.atMostOneRow ?? false);
    // A reader gives way to writers.
    const settings = `${head} SET DEADLOCK_PRIORITY LOW; SET TRANSACTION ISOLATION LEVEL ${level};`;
    const body = texts.join("; ");
    const text =
      others.length === 0 ? `${settings} ${body}` : `${settings} BEGIN TRANSACTION; ${body}; COMMIT TRANSACTION`;
    const sets = await this.patiently(() => this.ask(() => this.pool.request(), text, args, options), options);
    // What explains a statement comes behind its rows.
    return others.length === 0 ? rowsOf(sets.slice(-1)) : rowsOf(sets);
  }

  /** A single statement needs less than several, and the look-up of one record nothing. */
  private levelOf(isSingle: boolean, atMostOneRow: boolean): string {
    if (isSingle && (atMostOneRow || this.isolation === "statement")) return "READ COMMITTED";
    return this.isolation === "snapshot" ? "SNAPSHOT" : "SERIALIZABLE";
  }

  private async batchOnce(
    statements: readonly Statement[],
    options?: CallOptions,
    limits?: RequestLimits,
  ): Promise<StatementResult[]> {
    const { texts, args } = numbered(statements);
    const sets = await this.write(this.pool.request(limits), batchText(texts), args, options);
    const failure = sets.at(-1);
    if (failure?.names[0] === failureMark) {
      const [at, number, message] = failure.rows[0] as [number, number, string];
      throw new BatchFailure(at, new ServerError(number, message));
    }
    return sets.map(({ names, rows }) =>
      names[0] === "stowage_changes" ? { rows: [], changes: rows[0]?.[0] as number } : { rows, changes: 0 },
    );
  }

  private async write(
    request: RequestLike,
    text: string,
    args: readonly SqlValue[],
    call?: CallOptions,
  ): Promise<RowSet[]> {
    try {
      return await send(request, text, args, { call, cancellable: false, typed: this.typed });
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      // An error of the server undoes the batch; anything else leaves open what became of it.
      const answered = numberOf(error.cause) !== undefined && !endsSession(error.cause);
      if (error.sent && !answered) throw unknownOutcome(error.cause);
      throw translate(error.cause);
    }
  }

  private async ask(
    request: () => RequestLike,
    text: string,
    args: readonly SqlValue[],
    call: CallOptions | undefined,
  ): Promise<RowSet[]> {
    const options: SendOptions = { call, cancellable: true, typed: this.typed };
    try {
      return await send(request(), text, args, options);
    } catch (error) {
      // Somebody turned snapshots off: from now on reads lock what they read.
      if (error instanceof RequestFailure && lacksSnapshots(error.cause)) this.isolation = "locks";
      throw error instanceof RequestFailure ? translate(error.cause) : error;
    }
  }

  /** Deadlocks are part of the life of a database that locks ranges. */
  private async patiently<Result>(work: () => Promise<Result>, options?: CallOptions): Promise<Result> {
    for (let tried = 1; ; tried++) {
      try {
        return await work();
      } catch (error) {
        if (tried === tries || !lostAgainstOthers((error as Error).cause)) throw error;
        await pause(jitter(tried, 5, 200), options);
      }
    }
  }

  private async drain(): Promise<void> {
    if (this.active === 0) return;
    await new Promise<void>((resolve) => {
      this.idle = resolve;
    });
  }

  private async counted<Result>(call: () => Promise<Result>): Promise<Result> {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed" });
    this.active++;
    try {
      return await call();
    } finally {
      if (--this.active === 0) this.idle?.();
    }
  }
}

/**
 * Statements as one transaction, each followed by what it gave. A failure undoes it all and is told as a row, with the place
 * of the statement.
 */
export function batchText(texts: readonly string[]): string {
  const steps = texts.map((text, at) => {
    const gives = text.startsWith("SELECT") ? "" : " SELECT @@ROWCOUNT AS [stowage_changes];";
    return `SET @stowage_at = ${at}; ${text};${gives}`;
  });
  return (
    `${head} SET TRANSACTION ISOLATION LEVEL READ COMMITTED; DECLARE @stowage_at INT = 0; ` +
    `BEGIN TRY BEGIN TRANSACTION; ${steps.join(" ")} COMMIT TRANSACTION; END TRY ` +
    "BEGIN CATCH IF XACT_STATE() <> 0 ROLLBACK TRANSACTION; " +
    `SELECT @stowage_at AS [${failureMark}], ERROR_NUMBER() AS [number], ERROR_MESSAGE() AS [message]; END CATCH`
  );
}

const rowsOf = (sets: readonly RowSet[]): SqlRow[][] => sets.map(({ rows }) => rows);

/** As many requests as the bound on parameters asks for. */
function inParts(statements: readonly Statement[]): Statement[][] {
  const parts: Statement[][] = [[]];
  let count = 0;
  for (const statement of statements) {
    if (count + statement.args.length > mostParameters && count > 0) {
      parts.push([]);
      count = 0;
    }
    (parts.at(-1) as Statement[]).push(statement);
    count += statement.args.length;
  }
  return parts;
}
