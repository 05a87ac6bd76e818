import { RedisStore } from "@stowage/redis";

/** The storage that several processes open. */
export const openStorage = ([connectionString = "", keyPrefix = ""]: readonly string[]) =>
  new RedisStore({ id: "processes", connectionString, keyPrefix });
