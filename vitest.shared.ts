import { join } from "node:path";
import type { ViteUserConfig } from "vitest/config";

const source = "@stowage/source";

/** What every test project has. Workspace packages resolve to their sources, so tests need no build. */
export default {
  resolve: { conditions: [source] },
  ssr: { resolve: { conditions: [source] } },
  test: {
    pool: "forks",
    // Said for every project: Vitest runs those that differ from the rest after them, and alone.
    maxWorkers: 2,
    setupFiles: [join(import.meta.dirname, "vitest.setup.ts")],
    // A limit for tests that hang, not a measure: a busy machine must not fail them.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Programs that a test starts with `fork` or `process.execArgv` resolve the same sources.
    execArgv: [`--conditions=${source}`],
  },
} satisfies ViteUserConfig;
