import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

export interface AdapterShape {
  readonly files: readonly string[];
  readonly manifestKeys: readonly string[];
  readonly adapters: readonly {
    readonly folder: string;
    /** The folder in `src` of one store of a package that has several; its own entry `./<part>` too. */
    readonly part?: string;
    readonly store: string;
    readonly domains: readonly string[];
  }[];
}

/** What each adapter package lacks, as sentences. A package without sources is still to come and lacks nothing. */
export async function findDifferences(packages: string, shape: AdapterShape): Promise<string[]> {
  const differences: string[] = [];
  for (const { folder, part, store, domains } of shape.adapters) {
    const path = join(packages, folder);
    if (!existsSync(join(path, "src"))) continue;
    const say = (what: string) => differences.push(`${part ? `${folder}/${part}` : folder}: ${what}`);

    const own = part ? shape.files.map((file) => file.replace(/^src\//, `src/${part}/`)) : shape.files;
    const missing = own.filter((file) => !existsSync(join(path, file)));
    for (const file of missing) say(`has no ${file}`);

    if (!missing.includes("package.json")) {
      const manifest = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      const keys = Object.keys(manifest);
      if (part && !manifest.exports?.[`./${part}`]) say(`package.json has no entry ./${part}`);
      for (const key of shape.manifestKeys) if (!keys.includes(key)) say(`package.json has no "${key}"`);
      for (const key of keys) if (!shape.manifestKeys.includes(key)) say(`package.json alone has "${key}"`);
    }

    for (const entry of part ? ["src/index.ts", `src/${part}/index.ts`] : ["src/index.ts"]) {
      if (missing.includes(entry)) continue;
      const exports: Record<string, unknown> = await import(pathToFileURL(join(path, entry)).href);
      for (const name of [store, ...domains]) {
        const exported = exports[name];
        if (typeof exported !== "function") say(`${entry} exports no class ${name}`);
        else if (exported.name !== name) say(`class ${name} calls itself ${exported.name}`);
      }
    }
  }
  return differences;
}
