import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** Every commit of LanceDB is some files, and a batch is several commits. */
export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "lance", testTimeout: 240_000, hookTimeout: 120_000 },
  }),
);
