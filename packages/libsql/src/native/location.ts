import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What the native library opens, and what tells two names of one database from two databases. */
export interface Location {
  readonly path: string;
  /** `undefined` for memory that nobody else can open. */
  readonly identity: string | undefined;
  readonly isMemory: boolean;
}

/** Where a `file:` or `:memory:` url points. */
export function locate(url: string, isMemory: boolean): Location {
  if (isMemory) {
    const shared = url.startsWith("file:") && /[?&]cache=shared(&|$)/.test(url);
    return shared ? { path: url, identity: url, isMemory } : { path: ":memory:", identity: undefined, isMemory };
  }
  const [address = "", query] = url.split(/\?(.*)/s);
  const path = resolve(
    address.startsWith("file://") ? fileURLToPath(address) : decodeURIComponent(address.slice("file:".length)),
  );
  return { path: query ? `file:${encodeURI(path)}?${query}` : path, identity: canonical(path), isMemory };
}

/** One name for a file however it is reached; a file that does not exist yet is named by its folder. */
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return join(realpathSync(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
