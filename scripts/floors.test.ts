import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findViolations } from "./floors.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "stowage-floors-"));
  const exports = { ".": "./src/index.ts", "./engine": "./src/engine/index.ts" };
  for (const name of ["core", "sql"]) {
    write(`packages/${name}/package.json`, JSON.stringify({ name: `@stowage/${name}`, type: "module", exports }));
    mkdirSync(join(root, "node_modules", "@stowage"), { recursive: true });
    symlinkSync(join(root, "packages", name), join(root, "node_modules", "@stowage", name));
  }
  const dependencies = { "@stowage/core": "*", "@stowage/sql": "*" };
  write("packages/libsql/package.json", JSON.stringify({ name: "@stowage/libsql", type: "module", dependencies }));
  write("packages/core/src/errors.ts", "export const e = 1;");
  write("packages/core/src/logger.ts", "export const l = 1;");
  write("packages/core/src/engine/index.ts", 'export * from "../errors.ts";');
  write("packages/core/src/engine/memory/engine.ts", 'export * from "../index.ts";');
  write("packages/core/src/layers/retry.ts", 'export * from "../engine/index.ts";');
  write("packages/core/src/storage/composite.ts", 'export * from "../domains/memory/store.ts";');
  write("packages/core/src/domains/shared/ids.ts", 'export * from "../../logger.ts"; export * from "../../errors.ts";');
  write("packages/core/src/domains/memory/store.ts", 'export * from "../../engine/index.ts";');
  write("packages/core/src/domains/memory/store.test.ts", 'import "../../engine/memory/engine.ts";');
  write("packages/core/src/domains/scores/store.ts", 'export * from "../shared/ids.ts";');
  write("packages/core/src/index.ts", 'export * from "./storage/composite.ts";');
  write("packages/sql/src/index.ts", 'export * from "@stowage/core/engine";');
  write("packages/libsql/src/engine.ts", 'export * from "@stowage/core/engine"; export * from "@stowage/sql";');
  write("packages/libsql/src/store.ts", 'export * from "@stowage/core"; export * from "./engine.ts";');
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

test("imports that point down pass", async () => {
  const { violations, modules } = await findViolations(root);
  expect(violations).toEqual([]);
  expect(modules).toBeGreaterThan(10);
});

const planted = {
  "engine-is-the-ground-floor": ["core/src/engine/plan.ts", "../domains/scores/store.ts"],
  "ground-imports-nothing": ["core/src/errors.ts", "./storage/composite.ts"],
  "layer-knows-only-engines": ["core/src/layers/chaos.ts", "../domains/scores/store.ts"],
  "domain-stands-on-the-contract": ["core/src/domains/scores/rules.ts", "../../engine/memory/engine.ts"],
  "domain-stands-alone": ["core/src/domains/scores/rules.ts", "../memory/store.ts"],
  "engine-package-uses-the-engine-door": ["libsql/src/capabilities.ts", "@stowage/core"],
  "engine-family-uses-the-engine-door": ["sql/src/dialect.ts", "@stowage/core"],
  "core-depends-on-no-other-package": ["core/src/layers/group.ts", "../../../libsql/src/engine.ts"],
  "packages-are-imported-by-name": ["sql/src/dialect.ts", "../../core/src/engine/index.ts"],
  "no-cycles": ["core/src/engine/memory/engine.ts", "./engine.ts"],
} as const;

test.each(Object.entries(planted))("%s catches a planted import", async (rule, [from, to]) => {
  write(`packages/${from}`, `import "${to}";`);
  const { violations } = await findViolations(root);
  expect(violations.map((violation) => violation.rule)).toContain(rule);
  expect(violations.map((violation) => violation.from)).toContain(`packages/${from}`);
});

test("a type import counts", async () => {
  write(
    "packages/core/src/domains/scores/rules.ts",
    'import type { R } from "../../layers/retry.ts"; export type S = R;',
  );
  const { violations } = await findViolations(root);
  expect(violations.map((violation) => violation.rule)).toEqual(["domain-stands-on-the-contract"]);
});

function write(path: string, text: string) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
