import type { Dialect } from "../dialect.ts";

/**
 * A table that never holds a row: an INSERT into it fails, and with it the batch it is part of. This is how a precondition
 * travels to a database that takes a batch of statements and no conditions.
 */
export const guardTable = (prefix: string) => `${prefix}stowage_guard`;

export const createGuard = (dialect: Dialect, prefix: string): string =>
  `CREATE TABLE IF NOT EXISTS ${dialect.quote(guardTable(prefix))} ("ok" INTEGER NOT NULL CHECK ("ok" = 1))`;
