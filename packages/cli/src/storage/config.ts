import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ServerOptions } from "@stowage/server";
import { usageError } from "../errors.ts";

const names = ["ts", "mts", "js", "mjs"].map((extension) => `stowage.config.${extension}`);

/**
 * The options of the server in the config file: the one named, or the nearest from the working folder upward.
 *
 * @throws CommandError when the named file does not exist, or a file has no default export.
 */
export async function readConfig(named: string | undefined, cwd: string): Promise<Partial<ServerOptions>> {
  const path = named === undefined ? nearest(cwd) : resolve(cwd, named);
  if (path === undefined) return {};
  if (!existsSync(path)) throw usageError(`there is no file ${named}`);
  const { default: options } = (await import(pathToFileURL(path).href)) as { default?: Partial<ServerOptions> };
  if (typeof options !== "object" || options === null) throw usageError(`${path} has no default export`);
  return options;
}

function nearest(folder: string): string | undefined {
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  const parent = dirname(folder);
  return found ?? (parent === folder ? undefined : nearest(parent));
}
