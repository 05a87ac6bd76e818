import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { availableParallelism } from "node:os";
import type { Facts } from "./report.ts";

/** What a reader needs to know of the machine and the packages. */
export function facts(measured: readonly string[]): Facts {
  const version = (name: string): string => {
    const path = findPackageJSON(name, import.meta.url);
    return path ? (JSON.parse(readFileSync(path, "utf8")) as { version: string }).version : "?";
  };
  return {
    cores: availableParallelism(),
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    packages: Object.fromEntries(measured.map((name) => [name, version(name)])),
  };
}
