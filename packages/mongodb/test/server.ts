import { findMongo, type MongoKind, type MongoOptions, type MongoServer, startMongo } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, test } from "vitest";

let databases = 0;

/** A database name that nothing has used. */
export const freshDatabase = (): string => `t${process.pid}_${Date.now().toString(36)}_${++databases}`;

/** Where a suite finds its server. */
export type ServerOf = () => Pick<MongoServer, "uri">;

/**
 * Suites on a MongoDB of their own. Where it cannot be installed they are one test, which says so: skipped on a
 * contributor's machine, failed in CI.
 */
export function onMongo(kind: MongoKind, suites: (server: () => MongoServer) => void, options?: MongoOptions): void {
  if (!findMongo()) {
    const what = "SecantusDB could not be installed with pip, so nothing of MongoDB was tested";
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe(kind, () => {
    let server: MongoServer | undefined;
    beforeAll(async () => {
      server = await startMongo(kind, options);
    }, 60_000);
    afterAll(() => server?.stop());
    suites(() => {
      if (!server) throw new Error("the server runs inside tests only");
      return server;
    });
  });
}

/** Suites on the server that `STOWAGE_MONGODB_URL` names, a real replica set; nothing without it. */
export function onGivenMongo(suites: (server: ServerOf) => void): void {
  const uri = process.env.STOWAGE_MONGODB_URL;
  if (uri) describe("STOWAGE_MONGODB_URL", () => suites(() => ({ uri })));
}
