import type { SqlRow, Statement, StatementResult } from "@stowage/sql";
import type { ClientLike } from "./clients.ts";
import { endsSession } from "./errors.ts";
import { Pipeline, type Shapes, type WireConnection } from "./pipeline.ts";
import { PreparedStatements } from "./prepared.ts";
import { decoderOf } from "./values.ts";

type RequestFacts = Pick<RequestFailure, "completed" | "fromServer" | "mayBeApplied" | "spoilt">;

/** A request did not succeed. `cause` is the client's or the server's error. */
export class RequestFailure extends Error {
  /** How many statements had been answered. */
  readonly completed: number;
  /** The server answered with this error; otherwise the connection broke. */
  readonly fromServer: boolean;
  /** The statements may have been committed all the same. */
  readonly mayBeApplied: boolean;
  /** The session is left in a transaction. */
  readonly spoilt: boolean;

  /** The client cannot be used again. */
  get isBroken(): boolean {
    return !this.fromServer || this.spoilt || endsSession(this.cause);
  }

  constructor(facts: RequestFacts, cause: unknown) {
    super("a request failed", { cause });
    this.name = "RequestFailure";
    this.completed = facts.completed;
    this.fromServer = facts.fromServer;
    this.mayBeApplied = facts.mayBeApplied;
    this.spoilt = facts.spoilt;
  }
}

const begin: Statement = { sql: "BEGIN", args: [] };
const commit: Statement = { sql: "COMMIT", args: [] };
const rollback: Statement = { sql: "ROLLBACK", args: [] };
const whichProcess: Statement = { sql: "SELECT pg_catalog.pg_backend_pid()", args: [] };
/** The same; and where it is the process given, its statements may from then on take so long. */
const limitProcess = `SELECT pid, CASE WHEN pid = $1 THEN pg_catalog.set_config('statement_timeout', $2, false) END
  FROM pg_catalog.pg_backend_pid() AS pid`;
/** As good as no limit, in milliseconds: the client takes 0 for its default. */
const forever = 2 ** 31 - 1;

type WireClient = ClientLike & { readonly connection: WireConnection; readonly processID?: unknown };

export interface RequestsOptions {
  readonly preparedStatements: boolean | undefined;
  /**
   * How long a statement may take on the server, in milliseconds, on connections that go straight to one: behind a pooler in
   * transaction mode the setting would be another client's.
   */
  readonly statementTimeout: number | undefined;
}

/** How a list of statements is to be sent. */
export interface SendOptions {
  /** A transaction is open, or the statements open one themselves. */
  readonly open?: boolean;
  /** They take as long as they take. */
  readonly unhurried?: boolean;
}

/** Sends lists of statements over a client: in one piece over a `pg` client, one after the other over any other. */
export class Requests {
  private readonly shapes: Shapes = new Map();
  private readonly prepared: PreparedStatements;
  private readonly statementTimeout: number | undefined;
  /** A connection goes straight to its server. */
  private hasDirect = false;
  /** A server refused to copy rows into a table, as one does that has policies for its rows. */
  private isCopyRefused = false;

  constructor({ preparedStatements, statementTimeout }: RequestsOptions) {
    this.prepared = new PreparedStatements(preparedStatements);
    this.statementTimeout = statementTimeout;
  }

  /** Whether it is of use to make rows ready for copying. Through poolers, and where one server refused it, they never go so. */
  get takesCopies(): boolean {
    return this.hasDirect && !this.isCopyRefused;
  }

  /** Rows are inserted from now on. */
  stopCopying(): void {
    this.isCopyRefused = true;
  }

  /** The statements as one transaction; or, where one is `open` or they open one themselves, as they are. */
  send(client: ClientLike, statements: readonly Statement[], options: SendOptions = {}): Promise<StatementResult[]> {
    const { open = false, unhurried = false } = options;
    if (hasWire(client)) return this.pipeline(client, statements, open, unhurried);
    return open || statements.length === 1 ? this.oneByOne(client, statements) : this.wrapped(client, statements);
  }

  /** A statement that must not be part of any transaction, as text. */
  async plain(client: ClientLike, sql: string): Promise<void> {
    const { statementTimeout } = this;
    const isLimited = statementTimeout !== undefined && hasWire(client) && this.prepared.isDirect(client.connection);
    try {
      if (isLimited) await client.query("SET statement_timeout = 0");
      await client.query({ text: sql, query_timeout: forever });
      if (isLimited) await client.query(`SET statement_timeout = ${statementTimeout}`);
    } catch (cause) {
      // Whatever the session is left with goes with it.
      throw new RequestFailure(
        { completed: 0, fromServer: isFromServer(cause), mayBeApplied: false, spoilt: isLimited },
        cause,
      );
    }
  }

  private pipeline(
    client: WireClient,
    own: readonly Statement[],
    explicit: boolean,
    unhurried: boolean,
  ): Promise<StatementResult[]> {
    const { prepared, statementTimeout } = this;
    // What is set inside of a transaction that is left open may be undone.
    const isClosed = !explicit || own.at(-1)?.sql === commit.sql;
    const asks = isClosed && prepared.asks(client.connection, statementTimeout !== undefined);
    const statements = asks ? [...own, this.question(client)] : own;
    return new Promise((resolve, reject) => {
      const pipeline = new Pipeline(statements, {
        ...{ shapes: this.shapes, prepared },
        copies: this.takesCopies && prepared.isDirect(client.connection),
        ...(unhurried && { queryTimeout: forever }),
        settle: (failure, results) => {
          if (!failure) {
            if (asks && prepared.learn(client, results.pop()?.rows[0]?.[0])) this.hasDirect = true;
            return resolve(results);
          }
          const { completed, fromServer, error, submitted } = failure;
          // What fails at the commit itself is undone, unless the server goes down at that moment.
          const mayBeApplied = submitted && (!fromServer || (completed === statements.length && endsSession(error)));
          reject(new RequestFailure({ completed, fromServer, mayBeApplied, spoilt: explicit }, error));
        },
      });
      client.query(pipeline);
    });
  }

  private question({ processID }: WireClient): Statement {
    const { statementTimeout } = this;
    if (statementTimeout === undefined || typeof processID !== "number") return whichProcess;
    return { sql: limitProcess, args: [processID, String(statementTimeout)] };
  }

  private async wrapped(client: ClientLike, statements: readonly Statement[]): Promise<StatementResult[]> {
    await this.oneByOne(client, [begin]);
    try {
      const results = await this.oneByOne(client, statements);
      await this.oneByOne(client, [commit]);
      return results;
    } catch (error) {
      const failure = error as RequestFailure;
      if (!failure.fromServer) throw failure;
      const spoilt = await this.oneByOne(client, [rollback]).then(
        () => false,
        () => true,
      );
      const { completed, fromServer, mayBeApplied } = failure;
      throw new RequestFailure({ completed, fromServer, mayBeApplied, spoilt }, failure.cause);
    }
  }

  /** Of a transaction whose connection breaks before the commit was sent nothing stays. */
  private async oneByOne(client: ClientLike, statements: readonly Statement[]): Promise<StatementResult[]> {
    const results: StatementResult[] = [];
    for (const { sql, args } of statements) {
      try {
        results.push(toResult(await client.query({ text: sql, values: args, rowMode: "array", types: asText })));
      } catch (cause) {
        const fromServer = isFromServer(cause);
        const mayBeApplied = !fromServer && statements.length === 1 && sql !== begin.sql;
        throw new RequestFailure({ completed: results.length, fromServer, mayBeApplied, spoilt: false }, cause);
      }
    }
    return results;
  }
}

const hasWire = (client: ClientLike): client is WireClient => {
  const { connection, pipeline } = client as { connection?: Partial<WireConnection>; pipeline?: boolean };
  return !pipeline && typeof connection?.parse === "function" && typeof connection.sync === "function";
};

const isFromServer = (error: unknown) => typeof (error as { severity?: unknown })?.severity === "string";

const asText = { getTypeParser: () => (text: string) => text };

/** Whatever a client makes of values by itself was switched off, so they are texts. */
function toResult(result: unknown): StatementResult {
  const { rows, fields, rowCount } = result as {
    rows?: SqlRow[];
    fields?: readonly { dataTypeID: number }[];
    rowCount?: number | null;
  };
  const decoders = (fields ?? []).map(({ dataTypeID }) => decoderOf(dataTypeID));
  for (const row of rows ?? []) {
    for (let i = 0; i < row.length; i++) {
      const decode = decoders[i];
      if (decode && typeof row[i] === "string") row[i] = decode(row[i] as string);
    }
  }
  return { rows: rows ?? [], changes: rowCount ?? 0 };
}
