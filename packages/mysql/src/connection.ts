import { type CallOptions, checkCall, StorageError } from "@stowage/core/engine";
import { type BatchConnection, BatchFailure, type SqlRow, type Statement, type StatementResult } from "@stowage/sql";
import { type ClientLike, checkOut, type PoolLike } from "./clients.ts";
import { scrubbed, translate, unknownOutcome } from "./errors.ts";
import { packetsOf } from "./packets.ts";
import { query, RequestFailure } from "./query.ts";
import { asked, knownFacts, learn, type SessionFacts, takesSeveral } from "./sessions.ts";

export interface MysqlConnectionOptions {
  readonly pool: PoolLike;
  /** Whether the pool is ours, to be ended by us and to be set up as we like. */
  readonly isOwn: boolean;
}

type Run = (statements: readonly Statement[]) => Promise<StatementResult[]>;

const statement = (sql: string): Statement => ({ sql, args: [] });

// A level set so is that of the next transaction alone, and nothing stays on the session.
const beginWrite = ["SET TRANSACTION ISOLATION LEVEL READ COMMITTED", "START TRANSACTION"].map(statement);
const beginRead = [
  "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",
  "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
].map(statement);
const commit = statement("COMMIT");

/** Bytes that any server takes in one request. */
const cautious = 512 * 1024;

/**
 * Reads and writes over a pool. A request takes one client for as long as it runs and leaves no trace on its session. What
 * is worth another try is for the layers to say.
 */
export class MysqlConnection implements BatchConnection {
  readonly kind = "batch";
  private readonly pool: PoolLike;
  private readonly isOwn: boolean;
  private active = 0;
  private idle: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor({ pool, isOwn }: MysqlConnectionOptions) {
    this.pool = pool;
    this.isOwn = isOwn;
  }

  /** One statement is a snapshot by itself; several are put into a transaction. */
  async read(statements: readonly Statement[], options?: CallOptions): Promise<readonly (readonly SqlRow[])[]> {
    const isOne = statements.length === 1;
    const all = isOne ? statements : [...beginRead, ...statements, commit];
    const results = await this.onClient(options, (client) => this.sendReads(client, all)).catch(rethrow);
    return (isOne ? results : results.slice(beginRead.length, -1)).map(({ rows }) => rows);
  }

  async batch(statements: readonly Statement[], options?: CallOptions): Promise<readonly StatementResult[]> {
    const all = [...beginWrite, ...statements, commit];
    const results = await this.onClient(options, (client) => this.send(client, all)).catch((error) => {
      if (!(error instanceof RequestFailure)) throw error;
      const { completed, cause } = error;
      if (!error.isBroken) throw new BatchFailure(completed - beginWrite.length, cause);
      // What a request with the commit in it did is unknown when no answer came, and so is a commit that was broken off.
      const mayBeApplied = error.fromServer ? completed === all.length - 1 : error.sentAll;
      throw mayBeApplied ? unknownOutcome(cause) : translate(cause);
    });
    return results.slice(beginWrite.length, -1);
  }

  /** Reads in steps, all in one transaction on one client; its begin travels with the first step. */
  snapshot<Result>(work: (read: BatchConnection["read"]) => Promise<Result>, options?: CallOptions): Promise<Result> {
    return this.onClient(options, async (client) => {
      let begun = false;
      const result = await work(async (statements) => {
        checkCall(options);
        const results = await this.sendReads(client, begun ? statements : [...beginRead, ...statements]);
        const own = begun ? results : results.slice(beginRead.length);
        begun = true;
        return own.map(({ rows }) => rows);
      });
      await this.send(client, [commit]);
      return result;
    }).catch(rethrow);
  }

  /** Work on one session, which ends with it and takes its locks and settings along. Errors are the server's own. */
  session<Result>(work: (run: Run) => Promise<Result>, options?: CallOptions): Promise<Result> {
    return this.counted(async () => {
      const client = await this.take(options);
      try {
        return await work((statements) => {
          checkCall(options);
          // To build an index takes as long as it takes.
          return this.send(client, statements, 0).catch((error) => {
            throw error instanceof RequestFailure ? error.cause : error;
          });
        });
      } finally {
        client.destroy();
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

  private end(): Promise<void> {
    const { pool, isOwn } = this;
    if (!isOwn || !pool.end) return Promise.resolve();
    return new Promise((resolve) => pool.end?.(() => resolve()));
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

  /** Sends statements in as few requests as the session takes. */
  private async send(
    client: ClientLike,
    statements: readonly Statement[],
    timeout?: number,
  ): Promise<StatementResult[]> {
    const packets = packetsOf(statements, knownFacts(client) ?? (await this.ask(client)));
    const results: StatementResult[] = [];
    for (const [at, { text, count }] of packets.entries()) {
      try {
        for (const result of await query(client, text, count, timeout)) results.push(result);
      } catch (error) {
        const { completed, sentAll, cause } = error as RequestFailure;
        throw new RequestFailure(results.length + completed, sentAll && at === packets.length - 1, cause);
      }
    }
    return results;
  }

  /** The same for statements that only read: on a new session they travel with the question what it is like. */
  private async sendReads(client: ClientLike, statements: readonly Statement[]): Promise<StatementResult[]> {
    if (knownFacts(client) || !takesSeveral(client)) return this.send(client, statements);
    const [packet, ...more] = packetsOf([statement(asked), ...statements], {
      takesSeveral: true,
      longestRequest: cautious,
    });
    if (!packet || more.length > 0) return this.send(client, statements);
    const [{ rows = [] } = {}, ...results] = await query(client, packet.text, packet.count);
    await learn(client, this.isOwn, rows[0]);
    return results;
  }

  private async ask(client: ClientLike): Promise<SessionFacts> {
    try {
      const [{ rows = [] } = {}] = await query(client, asked, 1);
      return await learn(client, this.isOwn, rows[0]);
    } catch (error) {
      throw error instanceof RequestFailure ? new RequestFailure(0, false, error.cause) : error;
    }
  }

  /** Takes a client for as long as the work runs; whatever transaction a failure leaves open is rolled back. */
  private onClient<Result>(
    options: CallOptions | undefined,
    work: (client: ClientLike) => Promise<Result>,
  ): Promise<Result> {
    return this.counted(async () => {
      const client = await this.take(options);
      try {
        const result = await work(client);
        client.release();
        return result;
      } catch (error) {
        if (error instanceof RequestFailure && error.isBroken) client.destroy();
        else await rollBack(client);
        throw error;
      }
    });
  }

  private async take(options?: CallOptions): Promise<ClientLike> {
    checkCall(options);
    const client = await checkOut(this.pool, options).catch((error) => {
      throw translate(scrubbed(error));
    });
    try {
      checkCall(options);
      return client;
    } catch (error) {
      client.release();
      throw error;
    }
  }
}

async function rollBack(client: ClientLike): Promise<void> {
  try {
    await query(client, "ROLLBACK", 1);
    client.release();
  } catch {
    client.destroy();
  }
}

function rethrow(error: unknown): never {
  throw error instanceof RequestFailure ? translate(error.cause) : error;
}
