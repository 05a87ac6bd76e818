import { MongoDBStore } from "@stowage/mongodb";

/** The storage that several processes open. */
export const openStorage = ([uri = "", dbName = ""]: readonly string[]) =>
  new MongoDBStore({ id: "processes", uri, dbName });
