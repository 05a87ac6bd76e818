import { isStorageError } from "@stowage/core/engine";
import type { SqlRow, Statement } from "@stowage/sql";
import type { PoolLike } from "./clients.ts";

type Answers = SqlRow[][];
/** Reads from a pool; from the writer's when none is given. */
type Read = (pool: PoolLike | undefined, statements: readonly Statement[]) => Promise<Answers>;

const position: Statement = { sql: "SELECT pg_catalog.pg_current_wal_lsn()::text", args: [] };
// A server that is no replica has replayed nothing: it is then taken for the writer itself.
const hasReplayed: Statement = {
  sql: "SELECT coalesce(pg_catalog.pg_last_wal_replay_lsn() >= $1::pg_lsn, TRUE)",
  args: [],
};

/**
 * Reads from a replica that lags, without ever seeing less than what the same store has written. After a write the first
 * read goes to the writer and asks where its log stands; later ones go to the replica, which tells whether it has come that
 * far, and to the writer while it has not.
 */
export class Replica {
  private readonly pool: PoolLike;
  /** How far the replica must have come; unknown after a write. */
  private needed: string | undefined = "0/0";
  private writes = 0;

  constructor(pool: PoolLike) {
    this.pool = pool;
  }

  /** Something was written, or may have been, or was refused because of what others have written. */
  written(): void {
    this.writes++;
    this.needed = undefined;
  }

  async read(statements: readonly Statement[], read: Read): Promise<Answers> {
    const { needed, writes } = this;
    if (needed === undefined) {
      const [at, ...answers] = await read(undefined, [position, ...statements]);
      if (this.writes === writes) this.needed = at?.[0]?.[0] as string;
      return answers;
    }
    try {
      const [caughtUp, ...answers] = await read(this.pool, [{ ...hasReplayed, args: [needed] }, ...statements]);
      if (caughtUp?.[0]?.[0] === 1 && this.writes === writes) return answers;
    } catch (error) {
      // A replica that is away, or cancels a query in favour of its replay, is no reason to fail.
      if (!isStorageError(error) || !["unavailable", "busy", "timeout"].includes(error.code)) throw error;
    }
    return read(undefined, statements);
  }
}
