import { budgetSuite } from "@stowage/testkit";
import { UpstashStore } from "@stowage/upstash";
import { onFront } from "./front.ts";
import { freshPrefix } from "./harness.ts";

onFront((front) => {
  const keyPrefix = freshPrefix();
  budgetSuite("upstash", {
    open: () => new UpstashStore({ id: "budget", url: front().url, token: front().token, keyPrefix }),
    requests: () => front().requests.length,
  });
});
