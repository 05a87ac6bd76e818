import { PostgresStore } from "@stowage/pg";

/** The storage that several processes open. */
export const openStorage = ([connectionString = "", schemaName = ""]: readonly string[]) =>
  new PostgresStore({ id: "processes", connectionString, schemaName, max: 4 });
