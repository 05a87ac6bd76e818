import { LibSQLStore } from "@stowage/libsql";

/** The storage that several processes open. */
export const openStorage = ([url = ""]: readonly string[]) => new LibSQLStore({ id: "processes", url });
