import { describeEngine } from "@stowage/testkit";
import { describe, test } from "vitest";
import { liveHarness } from "./harness.ts";

const { STOWAGE_CONVEX_URL: deploymentUrl, STOWAGE_CONVEX_KEY, STOWAGE_CONVEX_SECRET } = process.env;

if (deploymentUrl) {
  const access = STOWAGE_CONVEX_SECRET
    ? { secret: STOWAGE_CONVEX_SECRET }
    : { adminAuthToken: STOWAGE_CONVEX_KEY ?? "" };
  describe("STOWAGE_CONVEX_URL", { timeout: 120_000 }, () => {
    describeEngine("convex, deployed", liveHarness({ deploymentUrl, ...access }));
  });
} else test.skip("STOWAGE_CONVEX_URL names no deployment, so none was tested");
