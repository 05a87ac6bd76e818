import { type ClickhouseServer, findClickhouse, startClickhouse } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, test } from "vitest";

/**
 * Suites on a ClickHouse of their own. Where it is not installed they are one test, which says so: skipped on a
 * contributor's machine, failed in CI.
 */
export function onClickhouse(suites: (server: () => ClickhouseServer) => void): void {
  if (!findClickhouse()) {
    const what = "chdb, the library with ClickHouse in it, is not installed, so nothing of it was tested";
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe("ClickHouse", () => {
    let server: ClickhouseServer | undefined;
    beforeAll(async () => {
      server = await startClickhouse({ inMemory: true });
    }, 60_000);
    afterAll(() => server?.stop());
    suites(() => {
      if (!server) throw new Error("the server runs inside tests only");
      return server;
    });
  });
}
