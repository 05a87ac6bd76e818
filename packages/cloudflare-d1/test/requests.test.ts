import { d1Engine } from "@stowage/cloudflare-d1";
import { budgetSuite, storageOn } from "@stowage/testkit";
import { onD1, settingsFor } from "./harness.ts";

const database = onD1();
let requests = 0;

budgetSuite("d1", {
  open() {
    const { fetch } = settingsFor(database);
    const options = { accountId: "account", databaseId: "database", apiToken: "token" };
    const engine = d1Engine(options, {
      fetch: (input, init) => {
        requests++;
        return (fetch ?? globalThis.fetch)(input, init);
      },
    });
    return storageOn(engine);
  },
  requests: () => requests,
});
