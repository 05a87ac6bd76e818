import { type CallOptions, checkCall, jitter, pause, StorageError } from "@stowage/core/engine";
import { type BatchConnection, BatchFailure, type SqlRow, type Statement, type StatementResult } from "@stowage/sql";
import { type ClientLike, checkOut, type PoolLike } from "./clients.ts";
import { endsSession, isContention, isUnreachable, translate, unknownOutcome } from "./errors.ts";
import { numbered } from "./placeholders.ts";
import { RequestFailure, Requests } from "./requests.ts";

export interface PgConnectionOptions {
  readonly pool: PoolLike;
  /** Ends the pool, when it is ours. */
  readonly end: () => Promise<void>;
  readonly preparedStatements: boolean;
}

const begin: Statement = { sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", args: [] };
const commit: Statement = { sql: "COMMIT", args: [] };
const rollback: Statement = { sql: "ROLLBACK", args: [] };

/** How often and how long a call starts over where nothing of it was applied. */
const patience = { tries: 6, milliseconds: 15_000 };

/** Reads and writes over a pool. A request takes one client for as long as it runs, and leaves no trace on its session. */
export class PgConnection implements BatchConnection {
  readonly kind = "batch";
  private readonly pool: PoolLike;
  private readonly end: () => Promise<void>;
  private readonly requests: Requests;
  private active = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor({ pool, end, preparedStatements }: PgConnectionOptions) {
    this.pool = pool;
    this.end = end;
    this.requests = new Requests({ preparedStatements });
  }

  /** One statement is a snapshot by itself; several are put into a transaction, all in one request. */
  read(statements: readonly Statement[], options?: CallOptions): Promise<readonly (readonly SqlRow[])[]> {
    return this.counted(() => this.readOnce(statements, options));
  }

  batch(statements: readonly Statement[], options?: CallOptions): Promise<readonly StatementResult[]> {
    const texts = statements.map(toNumbered);
    return this.counted(() => this.patiently(options, "write", (client) => this.requests.send(client, texts)));
  }

  private async readOnce(
    statements: readonly Statement[],
    options?: CallOptions,
  ): Promise<readonly (readonly SqlRow[])[]> {
    const texts = statements.map(toNumbered);
    const alone = texts.length === 1;
    const results = await this.patiently(options, "read", (client) =>
      alone
        ? this.requests.send(client, texts)
        : this.requests.send(client, [begin, ...texts, commit], true).then((all) => all.slice(1, -1)),
    );
    return results.map(({ rows }) => rows);
  }

  snapshot<Result>(work: (read: BatchConnection["read"]) => Promise<Result>, options?: CallOptions): Promise<Result> {
    return this.counted(() => this.readInSteps(work, options));
  }

  private async readInSteps<Result>(
    work: (read: BatchConnection["read"]) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result> {
    const client = await this.checkOut(options);
    let begun = false;
    const read: BatchConnection["read"] = async (statements, call) => {
      checkCall(call);
      const texts = statements.map(toNumbered);
      const results = await this.requests.send(client, begun ? texts : [begin, ...texts], true);
      const own = begun ? results : results.slice(1);
      begun = true;
      return own.map(({ rows }) => rows);
    };
    let result: Result;
    try {
      result = await work(read);
    } catch (error) {
      const failure = error instanceof RequestFailure ? error : undefined;
      this.giveBack(client, failure && (!failure.fromServer || endsSession(failure.cause)) ? failure.cause : undefined);
      throw failure ? translate(failure.cause) : error;
    }
    this.giveBack(client);
    return result;
  }

  /**
   * Runs the work on a client that is in a transaction, for what needs an answer in between. Only the schema does. The
   * outcome of the commit does not matter, as schema work may be repeated.
   */
  transaction<Result>(
    work: (run: (statements: readonly Statement[]) => Promise<readonly StatementResult[]>) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result> {
    return this.counted(() => this.inTransaction(work, options));
  }

  private async inTransaction<Result>(
    work: (run: (statements: readonly Statement[]) => Promise<readonly StatementResult[]>) => Promise<Result>,
    options?: CallOptions,
  ): Promise<Result> {
    for (let tries = 0, since = Date.now(); ; tries++) {
      const client = await this.checkOut(options);
      const run = (statements: readonly Statement[]) => {
        checkCall(options);
        return this.requests.send(client, statements.map(toNumbered), true);
      };
      try {
        await run([{ sql: "BEGIN", args: [] }]);
        const result = await work(run);
        await run([commit]);
        client.release();
        return result;
      } catch (error) {
        const cause = error instanceof RequestFailure ? error.cause : error;
        const broken = error instanceof RequestFailure && (!error.fromServer || endsSession(cause));
        this.giveBack(client, broken ? cause : undefined);
        if (!mayRepeat(cause) || tries + 1 >= patience.tries || Date.now() - since > patience.milliseconds) {
          throw error instanceof RequestFailure ? translate(cause) : error;
        }
      }
      await pause(jitter(tries, 25, 2000), options);
    }
  }

  /** Statements that are transactions by themselves, such as the building of an index beside writers. */
  outside(statement: Statement, options?: CallOptions): Promise<void> {
    return this.counted(() => this.runOutside(statement, options));
  }

  private async runOutside(statement: Statement, options?: CallOptions): Promise<void> {
    const client = await this.checkOut(options);
    try {
      await this.requests.plain(client, numbered(statement.sql));
      client.release();
    } catch (error) {
      client.release(error as Error);
      throw translate(error instanceof RequestFailure ? error.cause : error);
    }
  }

  /** Ends after the calls under way: a pool that ends forgets those who wait for a client. */
  close(): Promise<void> {
    this.closing ??= this.drain().then(() => this.end());
    return this.closing;
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

  private async checkOut(options?: CallOptions): Promise<ClientLike> {
    for (let tries = 0, since = Date.now(); ; tries++) {
      checkCall(options);
      try {
        return await checkOut(this.pool, options);
      } catch (error) {
        const last = tries + 1 >= patience.tries || Date.now() - since > patience.milliseconds;
        if (!isUnreachable(error) || last) throw translate(error);
      }
      await pause(jitter(tries, 25, 2000), options);
    }
  }

  /** Rolls back what may be open and gives the client back, or has it thrown away. */
  private giveBack(client: ClientLike, broken?: unknown): void {
    if (broken !== undefined) {
      client.release(broken instanceof Error ? broken : true);
      return;
    }
    this.requests.send(client, [rollback], true).then(
      () => client.release(),
      (error) => client.release(error instanceof Error ? error : true),
    );
  }

  /** Sends a request, again where nothing of it was applied and another try may help. */
  private async patiently<Result>(
    options: CallOptions | undefined,
    kind: "read" | "write",
    send: (client: ClientLike) => Promise<Result>,
  ): Promise<Result> {
    for (let tries = 0, since = Date.now(); ; tries++) {
      const client = await this.checkOut(options);
      let failure: RequestFailure;
      try {
        checkCall(options);
        const result = await send(client);
        client.release();
        return result;
      } catch (error) {
        if (!(error instanceof RequestFailure)) {
          client.release();
          throw error;
        }
        failure = error;
        client.release(
          !error.fromServer || error.spoilt || endsSession(error.cause) ? asError(error.cause) : undefined,
        );
      }
      const { cause } = failure;
      if (kind === "write" && failure.mayBeApplied) throw unknownOutcome(cause);
      const again = mayRepeat(cause) && tries + 1 < patience.tries && Date.now() - since < patience.milliseconds;
      if (!again) {
        if (kind === "write" && failure.fromServer) throw new BatchFailure(failure.completed, cause);
        throw translate(cause);
      }
      await pause(jitter(tries, 25, 2000), options);
    }
  }
}

const mayRepeat = (error: unknown): boolean => isContention(error) || isUnreachable(error);
const toNumbered = ({ sql, args }: Statement): Statement => ({ sql: numbered(sql), args });
const asError = (value: unknown): Error =>
  value instanceof Error ? value : new StorageError("the connection failed", { code: "unavailable", cause: value });
