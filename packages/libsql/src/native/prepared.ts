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
 * The library's `all` resets a statement before it runs, `get` only after it ran well, so a text has one prepared statement
 * for each. A statement that failed is dropped: what it is left in differs from call to call.
 */
export class PreparedSession implements Session {
  private readonly database: Database.Database;
  private readonly statements = new Map<string, Prepared>();
  private readonly forOneRow = new Map<string, Prepared>();

  constructor(database: Database.Database) {
    this.database = database;
  }

  run(sql: string, args: readonly SqlValue[]): number {
    const { statement, givesRows } = this.prepare(this.statements, sql);
    try {
      // `run` would leave a statement that gives rows half done, and the transaction could not be committed.
      if (!givesRows) return statement.run(args).changes;
      statement.all(args);
      return 0;
    } catch (error) {
      this.statements.delete(sql);
      throw error;
    }
  }

  all(sql: string, args: readonly SqlValue[]): SqlRow[] {
    const { statement, givesRows } = this.prepare(this.statements, sql);
    try {
      if (givesRows) return statement.all(args) as SqlRow[];
      statement.run(args);
      return [];
    } catch (error) {
      this.statements.delete(sql);
      throw error;
    }
  }

  one(sql: string, args: readonly SqlValue[]): SqlRow | undefined {
    const { statement } = this.prepare(this.forOneRow, sql);
    try {
      return statement.get(args) as SqlRow | undefined;
    } catch (error) {
      this.forOneRow.delete(sql);
      throw error;
    }
  }

  /** Forgets all statements; the library frees them when they are collected. */
  clear(): void {
    this.statements.clear();
    this.forOneRow.clear();
  }

  private prepare(statements: Map<string, Prepared>, sql: string): Prepared {
    const known = statements.get(sql);
    if (known) return known;
    const statement = this.database.prepare<[readonly SqlValue[]]>(sql);
    const prepared = { statement, givesRows: statement.reader };
    if (prepared.givesRows) statement.raw(true);
    if (statements.size >= capacity) statements.delete(statements.keys().next().value as string);
    statements.set(sql, prepared);
    return prepared;
  }
}
