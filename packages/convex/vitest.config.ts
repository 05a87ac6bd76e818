import { join } from "node:path";
import { defineConfig, mergeConfig } from "vitest/config";
import shared from "../../vitest.shared.ts";

const indexedMock = join(import.meta.dirname, "test", "indexed-mock.ts");

/** Convex's mock is run with indexes, which it does not have. */
export default mergeConfig(
  shared,
  defineConfig({
    plugins: [
      {
        name: "indexes-for-convex-test",
        transform(code, id) {
          if (!id.endsWith("/convex-test/dist/index.js")) return undefined;
          const added = `import { indexMock } from ${JSON.stringify(indexedMock)};\nindexMock(DatabaseFake);\n`;
          return { code: `${code}\n${added}`, map: null };
        },
      },
    ],
    root: import.meta.dirname,
    test: { name: "convex", server: { deps: { inline: ["convex-test"] } } },
  }),
);
