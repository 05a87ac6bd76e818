import { type DynamoServer, findDynamo, startDynamo } from "@stowage/testkit/engines";
import { afterAll, beforeAll, describe, test } from "vitest";

/**
 * Suites on a DynamoDB Local of their own. Where it cannot run they are one test, which says so: skipped on a contributor's
 * machine, failed in CI.
 */
export function onDynamo(name: string, suites: (server: () => DynamoServer) => void): void {
  if (!findDynamo()) {
    const what = `DynamoDB Local needs Java, so nothing of ${name} was tested`;
    if (process.env.CI) test(what, () => Promise.reject(new Error(what)));
    else test.skip(what);
    console.warn(what);
    return;
  }
  describe(name, () => {
    let server: DynamoServer | undefined;
    beforeAll(async () => {
      server = await startDynamo();
    }, 120_000);
    afterAll(() => server?.stop());
    suites(() => {
      if (!server) throw new Error("the server runs inside tests only");
      return server;
    });
  });
}
