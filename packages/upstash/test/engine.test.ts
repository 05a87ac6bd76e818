import { describeEngine, engineSuite } from "@stowage/testkit";
import { Redis } from "@upstash/redis";
import { onFront } from "./front.ts";
import { upstashHarness } from "./harness.ts";

onFront((front) => {
  const address = () => ({ url: front().url, token: front().token });
  describeEngine("upstash", upstashHarness(address), { suites: ["engine", "model", "chaos"] });
  // A client that makes numbers and objects of what looks like them, as it does unless told otherwise.
  engineSuite(
    "upstash, a client given",
    upstashHarness(() => ({ client: new Redis(address()) })),
  );
});
