import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { exportSchemas } from "@stowage/mssql";
import { beforeAll, describe, expect, test } from "vitest";
import { requestShapes } from "./shapes.ts";

// No SQL Server can be had here, so every shape of request is checked against a grammar of T-SQL, that of sqlfluff, and
// against what was recorded, which people read. The grammar is installed by the test, once.

const version = "4.5.0";
const home = join(import.meta.dirname, "../../../node_modules/.cache/stowage", `sqlfluff-${version}`);
const python = join(home, "bin/python");
const program = join(import.meta.dirname, "programs/grammar.py");

function hasGrammar(): boolean {
  if (existsSync(join(home, "bin/sqlfluff"))) return true;
  try {
    execFileSync("python3", ["-m", "venv", home], { stdio: "pipe" });
    execFileSync(python, ["-m", "pip", "install", "--quiet", `sqlfluff==${version}`], {
      stdio: "pipe",
      timeout: 240_000,
    });
    return true;
  } catch {
    return false;
  }
}

/** What the grammar cannot read of each text; empty when it reads all of it. */
function unreadable(texts: readonly string[]): string[][] {
  const { stdout, stderr, status } = spawnSync(python, [program], {
    ...{ input: JSON.stringify(texts), encoding: "utf8", maxBuffer: 2 ** 26, timeout: 500_000 },
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as string[][];
}

test("the requests are those that were recorded", async () => {
  const pages = Object.entries(await requestShapes()).map(([title, texts]) => {
    const [, ...own] = texts;
    return [`-- ${title}`, ...own.map((text) => `${text.replaceAll("; ", ";\n")};`)].join("\n");
  });
  await expect(`${pages.join("\n\n")}\n`).toMatchFileSnapshot("./recorded/requests.sql");
});

test("every variable of a request is declared once, and before it is used", async () => {
  for (const text of Object.values(await requestShapes()).flat()) {
    const declared = [...text.matchAll(/DECLARE (@\w+)/g)].map(([, name]) => name as string);
    expect(new Set(declared).size, text).toBe(declared.length);
    for (const [, name = ""] of text.matchAll(/(?<!@)(@[a-z]\w*)/g)) {
      if (/^@p\d+$/.test(name)) continue;
      expect(declared).toContain(name);
      expect(text.indexOf(name)).toBe(text.indexOf(`DECLARE ${name}`) + "DECLARE ".length);
    }
  }
});

describe("the grammar of T-SQL", () => {
  beforeAll(() => {
    if (hasGrammar()) return;
    const what = "sqlfluff could not be installed (python3 with venv and pip), so no grammar was checked";
    if (process.env.CI) throw new Error(what);
    console.warn(what);
  }, 300_000);

  test("knows every request", { timeout: 600_000 }, async ({ skip }) => {
    if (!existsSync(join(home, "bin/sqlfluff"))) return skip("no grammar of T-SQL");
    const shapes = Object.entries(await requestShapes());
    // What stands in a literal is T-SQL too.
    const inner = (text: string) =>
      [...text.matchAll(/EXEC\(N'((?:[^']|'')*)'\)/g)].map(([, sql]) => sql?.replaceAll("''", "'"));
    const tables = exportSchemas("agents").split(";\n").filter(Boolean);
    const texts = shapes.flatMap(([, requests]) => requests.flatMap((text) => [text, ...inner(text)] as string[]));
    const all = [...texts, ...tables.filter((text) => text.includes("CREATE TABLE")).slice(0, 3)];
    unreadable(all).forEach((problems, at) => {
      expect(problems, all[at]).toEqual([]);
    });
  });

  test("refuses what other databases say", { timeout: 300_000 }, ({ skip }) => {
    if (!existsSync(join(home, "bin/sqlfluff"))) return skip("no grammar of T-SQL");
    const foreign = [
      "SELECT [a] FROM [t] LIMIT 5",
      "INSERT INTO [t] ([a]) VALUES (1) ON CONFLICT ([a]) DO NOTHING",
      "CREATE TABLE IF NOT EXISTS [t] ([a] INT)",
      "SELECT [a] FROM WHERE [a] = 1",
      "SELECT CASE WHEN [a] = 1 THEN 2 FROM [t]",
      "UPDATE t SET [a] = FROM [t] AS t",
    ];
    unreadable(foreign).forEach((problems, at) => {
      expect(problems, foreign[at]).not.toEqual([]);
    });
  });
});
