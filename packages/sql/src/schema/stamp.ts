import type { Statement } from "../connection.ts";
import type { Dialect } from "../dialect.ts";

/** Holds the format number of every table that this library made or took over. */
export const stampTable = (prefix: string) => `${prefix}stowage_schema`;

export const createStamps = (dialect: Dialect, prefix: string): string =>
  `CREATE TABLE IF NOT EXISTS ${dialect.quote(stampTable(prefix))} ("name" TEXT NOT NULL PRIMARY KEY, "format" INTEGER NOT NULL)`;

export const selectStamps = (dialect: Dialect, prefix: string): Statement => ({
  sql: `SELECT "name", "format" FROM ${dialect.quote(stampTable(prefix))}`,
  args: [],
});

export const writeStamp = (dialect: Dialect, prefix: string, name: string, format: number): string =>
  `INSERT INTO ${dialect.quote(stampTable(prefix))} ("name", "format") VALUES ('${name.replaceAll("'", "''")}', ${format}) ` +
  `ON CONFLICT ("name") DO UPDATE SET "format" = excluded."format"`;
