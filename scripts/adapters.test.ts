import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findDifferences } from "./adapters.ts";

const shape = {
  files: ["src/index.ts", "package.json"],
  manifestKeys: ["name"],
  adapters: [
    { folder: "one", store: "OneStore", domains: ["MemoryOne"] },
    { folder: "later", store: "LaterStore", domains: [] },
  ],
};

let packages: string;

beforeEach(() => {
  packages = mkdtempSync(join(tmpdir(), "stowage-adapters-"));
});
afterEach(() => rmSync(packages, { recursive: true, force: true }));

test("a complete adapter passes, and so does one not begun", async () => {
  write("one/package.json", '{"name":"one"}');
  write("one/src/index.ts", "export class OneStore {} export class MemoryOne {}");
  expect(await findDifferences(packages, shape)).toEqual([]);
});

test("each difference is told", async () => {
  write("one/package.json", '{"exotic":1}');
  write("one/src/index.ts", "class Other {} export { Other as OneStore };");
  expect(await findDifferences(packages, { ...shape, files: [...shape.files, "README.md"] })).toEqual([
    "one: has no README.md",
    'one: package.json has no "name"',
    'one: package.json alone has "exotic"',
    "one: class OneStore calls itself Other",
    "one: src/index.ts exports no class MemoryOne",
  ]);
});

function write(path: string, text: string) {
  mkdirSync(dirname(join(packages, path)), { recursive: true });
  writeFileSync(join(packages, path), text);
}
