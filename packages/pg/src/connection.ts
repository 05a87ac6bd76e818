import { type CallOptions, checkCall, StorageError } from "@stowage/core/engine";
import {
  type BatchConnection,
  BatchFailure,
  type ReadOptions,
  type SqlRow,
  type Statement,
  type StatementResult,
} from "@stowage/sql";
import { type ClientLike, checkOut, giveBack, type PoolLike } from "./clients.ts";
import { endsSession, isUnsupported, translate, unknownOutcome } from "./errors.ts";
import { JoinedReads } from "./joined-reads.ts";
import { numbered } from "./placeholders.ts";
import { Replica } from "./replica.ts";
import { RequestFailure, Requests } from "./requests.ts";

export interface PgConnectionOptions {
  readonly pool: PoolLike;
  /** Where reads may go that need not see the very last writes of others. */
  readonly readPool?: PoolLike | undefined;
  /** Ends the pool, when it is ours. */
  readonly end: () => Promise<void>;
  readonly preparedStatements: boolean | undefined;
  /** How long a statement may take on the server, in milliseconds; `undefined` for what the server itself says. */
  readonly statementTimeout: number | undefined;
}

type Run = (statements: readonly Statement[]) => Promise<readonly StatementResult[]>;

const begin: Statement = { sql: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", args: [] };
const commit: Statement = { sql: "COMMIT", args: [] };
const rollback: Statement = { sql: "ROLLBACK", args: [] };

/**
 * Reads and writes over a pool. A request takes one client for as long as it runs and leaves no trace on its session. What
 * is worth another try is for the layers to say.
 */
export class PgConnection implements BatchConnection {
  readonly kind = "batch";
  private readonly pool: PoolLike;
  private readonly replica: Replica | undefined;
  private readonly end: () => Promise<void>;
  private readonly requests: Requests;
  /** Over the pool for reads, which is never ours: its sessions stay as they are. */
  private readonly replicaRequests: Requests;
  private readonly joined = new Map<PoolLike, JoinedReads>();
  private active = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor({ pool, readPool, end, preparedStatements, statementTimeout }: PgConnectionOptions) {
    this.pool = pool;
    this.replica = readPool && new Replica(readPool);
    this.end = end;
    this.requests = new Requests({ preparedStatements, statementTimeout });
    this.replicaRequests = new Requests({ preparedStatements, statementTimeout: undefined });
  }

  async read(statements: readonly Statement[], options?: ReadOptions): Promise<readonly (readonly SqlRow[])[]> {
    const texts = statements.map(toNumbered);
    this.enter();
    try {
      const { replica } = this;
      if (!replica) return await this.readFrom(this.pool, texts, options);
      return await replica.read(texts, (pool, list) => this.readFrom(pool ?? this.pool, list, options));
    } finally {
      this.leave();
    }
  }

  async batch(statements: readonly Statement[], options?: CallOptions): Promise<readonly StatementResult[]> {
    const texts = statements.map(toNumbered);
    this.enter();
    this.replica?.written();
    try {
      return await this.onClient(this.pool, options, (client) => this.requests.send(client, texts));
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      if (error.mayBeApplied) throw unknownOutcome(error.cause);
      if (texts[error.completed]?.copied && isUnsupported(error.cause)) {
        this.requests.stopCopying();
        return await this.batch(
          statements.map(({ sql, args }) => ({ sql, args })),
          options,
        );
      }
      const isRefused = error.fromServer && !endsSession(error.cause);
      throw isRefused ? new BatchFailure(error.completed, error.cause) : translate(error.cause);
    } finally {
      this.replica?.written();
      this.leave();
    }
  }

  /** Whether rows that are ready to be copied are sent so. */
  get takesCopies(): boolean {
    return this.requests.takesCopies;
  }

  /** Reads in steps, all in one transaction on one client; its begin travels with the first step. */
  snapshot<Result>(work: (read: BatchConnection["read"]) => Promise<Result>, options?: CallOptions): Promise<Result> {
    return this.counted(() =>
      this.inSession(options, async (run) => {
        let begun = false;
        return work(async (statements) => {
          const results = await run(begun ? statements : [begin, ...statements]);
          const own = begun ? results : results.slice(1);
          begun = true;
          return own.map(({ rows }) => rows);
        });
      }),
    );
  }

  /** Work in a transaction that needs answers in between. Only the schema does, and what it does may be repeated. */
  transaction<Result>(work: (run: Run) => Promise<Result>, options?: CallOptions): Promise<Result> {
    return this.counted(() =>
      this.inSession(
        options,
        async (run) => {
          await run([{ sql: "BEGIN", args: [] }]);
          const result = await work(run);
          await run([commit]);
          return result;
        },
        true,
      ),
    );
  }

  /** A statement that refuses to be part of a transaction, such as the building of an index beside writers. */
  alone(sql: string, options?: CallOptions): Promise<void> {
    return this.counted(async () => {
      try {
        await this.onClient(this.pool, options, (client) => this.requests.plain(client, sql));
      } catch (error) {
        throw error instanceof RequestFailure ? translate(error.cause) : error;
      }
    });
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
    this.enter();
    try {
      return await call();
    } finally {
      this.leave();
    }
  }

  /** To be called when a call begins, and {@link leave} when it ends. */
  private enter(): void {
    if (this.closing) throw new StorageError("the storage is closed", { code: "closed" });
    this.active++;
  }

  private leave(): void {
    if (--this.active === 0) this.idle?.();
  }

  /** What may be given up or may take long has a request of its own; the others share theirs with those of the same moment. */
  private readFrom(pool: PoolLike, texts: readonly Statement[], options?: ReadOptions): Promise<SqlRow[][]> {
    const isAlone = options?.signal || options?.deadline !== undefined || options?.isLong;
    return isAlone ? this.readAlone(pool, texts, options) : this.joinedOn(pool).read(texts);
  }

  private async readAlone(pool: PoolLike, texts: readonly Statement[], options?: ReadOptions): Promise<SqlRow[][]> {
    try {
      return await this.request(pool, texts, options);
    } catch (error) {
      throw error instanceof RequestFailure ? translate(error.cause) : error;
    }
  }

  private joinedOn(pool: PoolLike): JoinedReads {
    let joined = this.joined.get(pool);
    if (!joined) this.joined.set(pool, (joined = new JoinedReads((statements) => this.request(pool, statements))));
    return joined;
  }

  /** One statement is a snapshot by itself; several are put into a transaction, all in one request. */
  private async request(pool: PoolLike, texts: readonly Statement[], options?: CallOptions): Promise<SqlRow[][]> {
    const requests = pool === this.pool ? this.requests : this.replicaRequests;
    const results = await this.onClient(pool, options, (client) =>
      texts.length === 1
        ? requests.send(client, texts)
        : requests.send(client, [begin, ...texts, commit], { open: true }),
    );
    const own = texts.length === 1 ? results : results.slice(1, -1);
    return own.map(({ rows }) => rows as SqlRow[]);
  }

  /** Takes a client for one request, and gives it back or throws it away by how that ended. */
  private async onClient<Result>(
    pool: PoolLike,
    options: CallOptions | undefined,
    send: (client: ClientLike) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.checkOut(pool, options);
    try {
      const result = await send(client);
      giveBack(client);
      return result;
    } catch (error) {
      giveBack(client, error instanceof RequestFailure && error.isBroken ? asError(error.cause) : undefined);
      throw error;
    }
  }

  /** Takes a client for several requests; whatever transaction is left open is rolled back behind the caller's back. */
  private async inSession<Result>(
    options: CallOptions | undefined,
    work: (run: Run) => Promise<Result>,
    unhurried = false,
  ): Promise<Result> {
    const client = await this.checkOut(this.pool, options);
    const run: Run = (statements) => {
      checkCall(options);
      return this.requests.send(client, statements.map(toNumbered), { open: true, unhurried });
    };
    try {
      const result = await work(run);
      this.rollBack(client);
      return result;
    } catch (error) {
      if (!(error instanceof RequestFailure)) {
        this.rollBack(client);
        throw error;
      }
      if (!error.fromServer || endsSession(error.cause)) giveBack(client, asError(error.cause));
      else this.rollBack(client);
      throw translate(error.cause);
    }
  }

  private rollBack(client: ClientLike): void {
    this.requests.send(client, [rollback], { open: true }).then(
      () => giveBack(client),
      (error) => giveBack(client, asError(error)),
    );
  }

  private async checkOut(pool: PoolLike, options?: CallOptions): Promise<ClientLike> {
    checkCall(options);
    try {
      const client = await checkOut(pool, options);
      try {
        checkCall(options);
        return client;
      } catch (error) {
        giveBack(client);
        throw error;
      }
    } catch (error) {
      throw translate(error);
    }
  }
}

function toNumbered(statement: Statement): Statement {
  const sql = numbered(statement.sql);
  if (!statement.copied) return { sql, args: statement.args };
  return {
    sql,
    // Not asked for unless they are sent.
    get args() {
      return statement.args;
    },
    copied: statement.copied,
  };
}
const asError = (value: unknown): Error =>
  value instanceof Error ? value : new StorageError("the connection failed", { code: "unavailable", cause: value });
