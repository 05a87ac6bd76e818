import { domainSuite, storageHarness } from "@stowage/testkit";
import { onFront } from "./front.ts";
import { upstashHarness } from "./harness.ts";

onFront((front) => {
  domainSuite("upstash", storageHarness(upstashHarness(() => ({ url: front().url, token: front().token }))));
});
