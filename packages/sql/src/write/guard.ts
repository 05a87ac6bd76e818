import type { SqlValue } from "../connection.ts";
import type { Dialect } from "../dialect.ts";

/** How a batch of statements is made to fail when something is not as it should be. */
export interface Guard {
  /** A statement that fails when the condition holds; its arguments are those of the condition, then the mark. */
  failIf(condition: string): string;
  /** What a failure of the statement in that place shows; absent where the connection knows the place by itself. */
  mark?(place: number): SqlValue;
}

/**
 * A table that never holds a row: an INSERT into it fails, and with it the batch it is part of. This is how a precondition
 * travels to a database that takes a batch of statements and no conditions.
 */
export const guardTable = (prefix: string) => `${prefix}stowage_guard`;

export const createGuard = (dialect: Dialect, prefix: string): string =>
  `CREATE TABLE IF NOT EXISTS ${dialect.quote(guardTable(prefix))} ("ok" INTEGER NOT NULL CHECK ("ok" = 1))`;

export const tableGuard = (dialect: Dialect, prefix: string): Guard => ({
  failIf: (condition) => `INSERT INTO ${dialect.quote(guardTable(prefix))} SELECT 0 WHERE ${condition}`,
});

/**
 * For a SQLite that does not tell which statement of a batch failed: its complaint about a JSON path repeats the path, and so
 * tells the place. CASE evaluates it only when the condition holds.
 */
export const tellingGuard: Guard = {
  failIf: (condition) => `SELECT CASE WHEN ${condition} THEN json_extract('{}', ?) END AS refused`,
  mark: (place) => `!stowage ${place}!`,
};

/** The place that the failure of a {@link tellingGuard} tells, or `undefined` for any other failure. */
export function placeTold(message: string): number | undefined {
  const place = /!stowage (\d+)!/.exec(message)?.[1];
  return place === undefined ? undefined : Number(place);
}
