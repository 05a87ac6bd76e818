import { MySQLStore } from "@stowage/mysql";

/** The storage that several processes open. */
export const openStorage = ([connectionString = ""]: readonly string[]) =>
  new MySQLStore({ id: "processes", connectionString, max: 4 });
