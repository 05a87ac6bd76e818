import { findMariadb, type MariadbServer, startMariadb } from "@stowage/testkit/engines";
import mysql from "mysql2/promise";
import { afterAll, beforeAll, describe, test } from "vitest";

let databases = 0;

/** A database that nothing has used. */
export async function freshDatabase(server: MariadbServer): Promise<string> {
  const name = `t${process.pid}_${++databases}`;
  const connection = await mysql.createConnection(server.connectionString);
  await connection.query(`CREATE DATABASE ${name}`);
  await connection.end();
  return name;
}

/** The connection string of another database of the server. */
export const urlOf = (server: MariadbServer, database: string): string =>
  server.connectionString.replace(/\/[^/]*$/, `/${database}`);

/**
 * Suites on a MariaDB of their own. Where it is not installed they are one test, which says so: skipped on a contributor's
 * machine, failed in CI.
 */
export function onMariadb(
  suites: (server: () => MariadbServer) => void,
  settings: Readonly<Record<string, string | number>> = {},
): void {
  if (!findMariadb()) {
    const what = "MariaDB is not installed, so nothing of it was tested";
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe("MariaDB", () => {
    let server: MariadbServer | undefined;
    beforeAll(async () => {
      server = await startMariadb(settings);
    }, 60_000);
    afterAll(() => server?.stop());
    suites(() => {
      if (!server) throw new Error("the server runs inside tests only");
      return server;
    });
  });
}
