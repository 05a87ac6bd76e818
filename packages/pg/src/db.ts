import { type ClientLike, checkOut, giveBack, type PoolLike } from "./clients.ts";
import { endsSession } from "./errors.ts";

type Row = Record<string, unknown>;

/** Statements of one's own on the connections of a store. Parameters are `$1`, `$2` and so on. */
export interface TxClient {
  query<T = Row>(sql: string, values?: readonly unknown[]): Promise<{ rows: T[]; rowCount: number | null }>;
  /** Runs a statement and drops what it gives. */
  none(sql: string, values?: readonly unknown[]): Promise<null>;
  /** Exactly one row. @throws Error when there are none or several. */
  one<T = Row>(sql: string, values?: readonly unknown[]): Promise<T>;
  /** One row or null. @throws Error when there are several. */
  oneOrNone<T = Row>(sql: string, values?: readonly unknown[]): Promise<T | null>;
  any<T = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  manyOrNone<T = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
  /** At least one row. @throws Error when there are none. */
  many<T = Row>(sql: string, values?: readonly unknown[]): Promise<T[]>;
}

export interface DbClient extends TxClient {
  readonly $pool: PoolLike;
  /** A client of the pool, to be released by the caller. */
  connect(): Promise<ClientLike>;
  /** Runs the work in a transaction of one client: committed when it resolves, rolled back when it rejects. */
  tx<T>(work: (client: TxClient) => Promise<T>): Promise<T>;
}

type Query = (sql: string, values?: readonly unknown[]) => Promise<{ rows: never[]; rowCount: number | null }>;

function methodsOver(query: Query): TxClient {
  const rowsOf = async (sql: string, values?: readonly unknown[]) => (await query(sql, values)).rows;
  const checked = async (sql: string, values: readonly unknown[] | undefined, least: number, most: number) => {
    const rows = await rowsOf(sql, values);
    if (rows.length < least) throw new Error("the statement gave no row");
    if (rows.length > most) throw new Error("the statement gave several rows");
    return rows;
  };
  return {
    query,
    none: async (sql, values) => query(sql, values).then(() => null),
    one: async (sql, values) => (await checked(sql, values, 1, 1))[0] as never,
    oneOrNone: async (sql, values) => (await checked(sql, values, 0, 1))[0] ?? null,
    any: rowsOf,
    manyOrNone: rowsOf,
    many: (sql, values) => checked(sql, values, 1, Number.POSITIVE_INFINITY),
  };
}

const queryOf =
  (client: ClientLike): Query =>
  async (sql, values = []) =>
    (await client.query(sql, [...values])) as Awaited<ReturnType<Query>>;

/** The same methods over any pool of `pg`. It never ends the pool. */
export class PoolAdapter implements DbClient {
  readonly $pool: PoolLike;
  declare query: DbClient["query"];
  declare none: DbClient["none"];
  declare one: DbClient["one"];
  declare oneOrNone: DbClient["oneOrNone"];
  declare any: DbClient["any"];
  declare manyOrNone: DbClient["manyOrNone"];
  declare many: DbClient["many"];

  constructor(pool: PoolLike) {
    this.$pool = pool;
    Object.assign(
      this,
      methodsOver((sql, values) => this.use((client) => queryOf(client)(sql, values))),
    );
  }

  connect(): Promise<ClientLike> {
    return this.$pool.connect();
  }

  tx<T>(work: (client: TxClient) => Promise<T>): Promise<T> {
    return this.use(async (client) => {
      await client.query("BEGIN");
      try {
        const result = await work(methodsOver(queryOf(client)));
        await client.query("COMMIT");
        return result;
      } catch (error) {
        // On a broken connection there is nothing to roll back, and the first error says more.
        await Promise.resolve(client.query("ROLLBACK")).catch(() => undefined);
        throw error;
      }
    });
  }

  private async use<T>(work: (client: ClientLike) => Promise<T>): Promise<T> {
    const client = await checkOut(this.$pool);
    let failure: unknown;
    try {
      return await work(client);
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      // What the server did not say came from the connection, or from the caller in the middle of something.
      const isFromServer = typeof (failure as { severity?: unknown } | undefined)?.severity === "string";
      const isUsable = !failure || (isFromServer && !endsSession(failure));
      giveBack(client, isUsable ? undefined : asError(failure));
    }
  }
}

const asError = (value: unknown): Error => (value instanceof Error ? value : new Error("the work failed"));
