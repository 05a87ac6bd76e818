import type { Session, SqlRow, SqlValue } from "@stowage/sql";
import type Database from "libsql";

interface Prepared {
  readonly statement: Database.Statement<[readonly SqlValue[]]>;
  readonly givesRows: boolean;
}

/** More texts than a store has shapes of statements. */
const capacity = 1000;

/**
 * Statements of one connection, prepared once and run many times.
 *
 * Of the library's ways to run a statement only two are used: `run` for those without rows and `all` for those with rows.
 * Anything that leaves a statement half read keeps the transaction from ending.
 */
export class PreparedSession implements Session {
  private readonly database: Database.Database;
  private readonly statements = new Map<string, Prepared>();

  constructor(database: Database.Database) {
    this.database = database;
  }

  run(sql: string, args: readonly SqlValue[]): number {
    const { statement, givesRows } = this.prepare(sql);
    if (!givesRows) return statement.run(args).changes;
    statement.all(args);
    return 0;
  }

  all(sql: string, args: readonly SqlValue[]): SqlRow[] {
    const { statement, givesRows } = this.prepare(sql);
    if (givesRows) return statement.all(args) as SqlRow[];
    statement.run(args);
    return [];
  }

  /** Forgets all statements; the library frees them when they are collected. */
  clear(): void {
    this.statements.clear();
  }

  private prepare(sql: string): Prepared {
    const known = this.statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare<[readonly SqlValue[]]>(sql);
    const prepared = { statement, givesRows: statement.reader };
    if (prepared.givesRows) statement.raw(true);
    if (this.statements.size >= capacity) this.statements.delete(this.statements.keys().next().value as string);
    this.statements.set(sql, prepared);
    return prepared;
  }
}
