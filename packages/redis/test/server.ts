import { findRedis, type RedisServer, startRedis } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, test } from "vitest";

/**
 * Suites on a Redis of their own. Where it is not installed they are one test, which says so: skipped on a contributor's
 * machine, failed in CI.
 */
export function onRedis(
  name: string,
  suites: (server: () => RedisServer) => void,
  how: { settings?: Readonly<Record<string, string | number>>; cluster?: boolean } = {},
): void {
  if (!findRedis()) {
    const what = `redis-server is not installed, so nothing of ${name} was tested`;
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe(name, () => {
    let server: RedisServer | undefined;
    beforeAll(async () => {
      server = await startRedis(how.settings, how);
    }, 60_000);
    afterAll(() => server?.stop());
    suites(() => {
      if (!server) throw new Error("the server runs inside tests only");
      return server;
    });
  });
}
