import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** A test may make several schemas on a real server, on a machine that does other work besides. */
export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "mssql", testTimeout: 60_000, hookTimeout: 60_000 },
  }),
);
