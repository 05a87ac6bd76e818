import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** Every statement and every key goes through a runtime of its own, on a machine that does other work besides. */
export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "cloudflare-d1", testTimeout: 600_000, hookTimeout: 120_000 },
  }),
);
