import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** A test may make several databases on a server, on a machine that does other work besides. */
export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "mongodb", testTimeout: 180_000, hookTimeout: 120_000 },
  }),
);
