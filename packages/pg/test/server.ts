import { findPostgres, type PostgresServer, type PostgresVersion, startPostgres } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, test } from "vitest";

let schemas = 0;

/** A schema name that nothing has used. */
export const freshSchema = (): string => `t${process.pid}_${++schemas}`;

/**
 * Suites on a PostgreSQL of their own. Where it is not installed they are one test, which says so: skipped on a
 * contributor's machine, failed in CI.
 */
export function onPostgres(
  version: PostgresVersion,
  suites: (server: () => PostgresServer) => void,
  settings: Readonly<Record<string, string | number>> = {},
): void {
  const name = `PostgreSQL ${version}`;
  if (!findPostgres(version)) {
    const what = `${name} is not installed, so nothing of it was tested`;
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe(name, () => {
    let server: PostgresServer | undefined;
    beforeAll(async () => {
      server = await startPostgres(version, settings);
    }, 60_000);
    afterAll(() => server?.stop());
    suites(() => {
      if (!server) throw new Error("the server runs inside tests only");
      return server;
    });
  });
}
