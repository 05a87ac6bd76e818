// Builds every package that has sources, in the order of their references, only what changed. --clean removes it all.
import { spawnSync } from "node:child_process";
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildStudio } from "../packages/studio/build.ts";
import { root, sourcePackages } from "./workspace.ts";

const packages = sourcePackages();

if (process.argv.includes("--clean")) {
  for (const { path } of packages) {
    rmSync(join(path, "dist"), { recursive: true, force: true });
    rmSync(join(path, ".tsbuildinfo"), { force: true });
  }
} else {
  // A package carries the license with it, and npm packs no file from above the package.
  for (const { path } of packages) copyFileSync(join(root, "LICENSE"), join(path, "LICENSE"));
  const projects = packages.map(({ folder }) => `packages/${folder}`);
  const build = spawnSync("tsc", ["-b", ...projects], { cwd: root, stdio: "inherit" });
  if (build.status === 0) {
    await buildStudio(join(root, "packages", "studio", "dist", "app"));
    console.log(`Built ${projects.length} packages.`);
  }
  process.exitCode = build.status ?? 1;
}
