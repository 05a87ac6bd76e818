import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

const here = join(import.meta.dirname, "package.json");

/** Runs the bridge's own tests against the oldest Mastra it supports, which is installed in this folder. */
export default mergeConfig(
  shared,
  defineConfig({
    plugins: [
      {
        name: "mastra-from-this-folder",
        enforce: "pre",
        resolveId(source, importer, options) {
          if (importer === here || !/^@mastra\/(core|memory|observability)(\/|$)/.test(source)) return;
          return this.resolve(source, here, { ...options, skipSelf: true });
        },
      },
    ],
    root: join(import.meta.dirname, "../mastra"),
    test: { name: "mastra-floor", env: { STOWAGE_MASTRA_FROM: here } },
  }),
);
