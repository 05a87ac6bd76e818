import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

/** ClickHouse takes its time over a statement, however small the table is, and answers here one after the other. */
export default mergeConfig(
  shared,
  defineConfig({
    root: import.meta.dirname,
    test: { name: "clickhouse", testTimeout: 240_000, hookTimeout: 120_000 },
  }),
);
