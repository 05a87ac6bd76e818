import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

export interface WorkspacePackage {
  /** The folder's name under `packages/`. */
  readonly folder: string;
  readonly path: string;
  readonly manifest: Record<string, unknown>;
}

/** What a package is entered by: `node/` is the Node side of one whose `src/` runs in a browser. */
const entries = ["src/index.ts", "node/index.ts"];

/** The packages that already have an entry; a folder with only a manifest is a package still to be written. */
export function sourcePackages(): WorkspacePackage[] {
  const packages = join(root, "packages");
  return readdirSync(packages)
    .filter((folder) => entries.some((entry) => existsSync(join(packages, folder, entry))))
    .map((folder) => {
      const path = join(packages, folder);
      return { folder, path, manifest: JSON.parse(readFileSync(join(path, "package.json"), "utf8")) };
    });
}
