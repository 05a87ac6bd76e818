import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";

// Every `ts` block of the README and the docs is a program: it is run here, and what its `console.log(…); // text` lines
// print must be that text. A block marked `ts fragment` is a piece of a declaration and is not run.

const root = join(import.meta.dirname, "..");
const pages = [
  "README.md",
  ...markdown("docs"),
  ...readdirSync(join(root, "packages")).flatMap((name) => markdown(`packages/${name}`)),
];
/** Inside the workspace, so that the packages resolve as a user's would. */
const programs = mkdtempSync(join(import.meta.dirname, ".examples-"));
afterAll(() => rmSync(programs, { recursive: true }));

function markdown(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md")
    .map((name) => `${folder}/${name}`);
}

function examplesOf(page: string): { line: number; code: string }[] {
  const content = readFileSync(join(root, page), "utf8");
  return [...content.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => ({
    line: content.slice(0, match.index).split("\n").length + 1,
    code: match[1] as string,
  }));
}

const expectedOutput = (code: string) =>
  [...code.matchAll(/console\.log\(.*\);? \/\/ (.*)$/gm)].map((match) => (match[1] as string).trim());

const pagesWithExamples = pages
  .map((page) => ({ page, examples: examplesOf(page) }))
  .filter(({ examples }) => examples.length > 0);

describe.each(pagesWithExamples)("$page", ({ page, examples }) => {
  test.each(examples)("the example at line $line runs", async ({ line, code }) => {
    const program = join(programs, `${relative(root, join(root, page)).replace(/\W/g, "-")}-${line}.ts`);
    writeFileSync(program, code);
    const cwd = mkdtempSync(join(tmpdir(), "stowage-example-"));
    try {
      const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program], {
        cwd,
        timeout: 60_000,
      });
      const printed = stdout.split("\n").map((text) => text.trim());
      let from = 0;
      for (const text of expectedOutput(code)) {
        const at = printed.indexOf(text, from);
        expect(printed.slice(from), `should print "${text}"`).toContain(text);
        from = at + 1;
      }
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });
});
