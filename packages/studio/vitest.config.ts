import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "studio", globalSetup: ["test/global-setup.ts"], expect: { poll: { timeout: 20_000 } } },
  }),
);
