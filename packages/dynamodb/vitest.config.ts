import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** A test may make hundreds of requests to DynamoDB Local, on a machine that does other work besides. */
export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "dynamodb", testTimeout: 600_000, hookTimeout: 120_000 },
  }),
);
