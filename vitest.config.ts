import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, mergeConfig, type TestProjectConfiguration } from "vitest/config";
import { SlowestFirst } from "./vitest.sequencer.ts";
import shared from "./vitest.shared.ts";

const at = (...path: string[]) => join(import.meta.dirname, ...path);
const folders = (parent: string) =>
  (existsSync(at(parent)) ? readdirSync(at(parent)) : []).map((name) => `${parent}/${name}`);

/** One project for each folder, named after it, so that `--project core` runs the tests of that package alone. */
const projects = [...folders("packages"), ...folders("examples"), "bench", "docs", "scripts"]
  .filter((folder) => existsSync(at(folder)))
  .map((folder): TestProjectConfiguration => {
    // A folder with a config of its own merges vitest.shared.ts into it.
    if (existsSync(at(folder, "vitest.config.ts"))) return folder;
    return { extends: true, root: at(folder), test: { name: folder.replace(/^.*\//, "") } };
  });

export default mergeConfig(
  shared,
  defineConfig({
    test: {
      projects,
      sequence: { sequencer: SlowestFirst },
      passWithNoTests: true,
    },
  }),
);
