import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface AdapterShape {
  readonly files: readonly string[];
  readonly manifestKeys: readonly string[];
  readonly adapters: readonly {
    readonly folder: string;
    readonly store: string;
    readonly domains: readonly string[];
  }[];
}

/** What each adapter package lacks, as sentences. A package without sources is still to come and lacks nothing. */
export async function findDifferences(packages: string, shape: AdapterShape): Promise<string[]> {
  const differences: string[] = [];
  for (const { folder, store, domains } of shape.adapters) {
    const path = join(packages, folder);
    if (!existsSync(join(path, "src"))) continue;
    const say = (what: string) => differences.push(`${folder}: ${what}`);

    const missing = shape.files.filter((file) => !existsSync(join(path, file)));
    for (const file of missing) say(`has no ${file}`);

    if (!missing.includes("package.json")) {
      const keys = Object.keys(JSON.parse(readFileSync(join(path, "package.json"), "utf8")));
      for (const key of shape.manifestKeys) if (!keys.includes(key)) say(`package.json has no "${key}"`);
      for (const key of keys) if (!shape.manifestKeys.includes(key)) say(`package.json alone has "${key}"`);
    }

    if (!missing.includes("src/index.ts")) {
      const exports: Record<string, unknown> = await import(pathToFileURL(join(path, "src", "index.ts")).href);
      for (const name of [store, ...domains]) {
        const exported = exports[name];
        if (typeof exported !== "function") say(`src/index.ts exports no class ${name}`);
        else if (exported.name !== name) say(`class ${name} calls itself ${exported.name}`);
      }
    }
  }
  return differences;
}
