import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";

const program = join(import.meta.dirname, "../src/main.ts");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-quickstart-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function start(...options: string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(process.execPath, [...process.execArgv, program, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  }
  return { child, output: () => output };
}

test("runs to its report, and can be run again on the same file", { timeout: 120_000 }, async () => {
  const db = join(folder, "desk.db");
  for (const round of [1, 2]) {
    const { child, output } = start("--db", db, "--no-serve");
    const [code] = await once(child, "exit");
    expect(code, output()).toBe(0);
    const report = output().slice(output().indexOf("3 of 3"));
    expect(report).toContain(`${2 * round} of Ada Moreau's with ${4 * round} messages`);
    expect(report).toContain(
      `${2 * round} refund runs: ${Array(2 * round)
        .fill("success")
        .join(", ")}`,
    );
    expect(report).toMatch(new RegExp(`scores +${6 * round} of helpfulness; the newest is 1`));
    expect(report).toMatch(/observability +\d+ traces/);
    expect(report).toContain(`desk-configuration is published, ${round} version(s)`);
    expect(report).toContain("Support tickets: version 1");
    expect(report).toContain(`${round} run(s); the newest: completed, 6 of 6 succeeded`);
  }
});

test("Ctrl-C ends it with the code of a signal and leaves no process behind", { timeout: 60_000 }, async () => {
  const { child, output } = start("--db", join(folder, "desk.db"), "--no-serve");
  while (!output().includes("TCK-1041")) await once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data");
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
});

test("ends with the Studio open on what it wrote, until Ctrl-C", { timeout: 240_000 }, async () => {
  execFileSync(process.execPath, [join(import.meta.dirname, "../../../scripts/build-studio.ts")]);
  const { child, output } = start("--db", join(folder, "desk.db"));
  const address = () => /The Studio shows all of it: (\S+)/.exec(output())?.[1];
  while (!address()) await once(child.stdout as NonNullable<ChildProcess["stdout"]>, "data");
  expect(await (await fetch(`${address()}/traces`)).text()).toContain('<div id="root">');
  const { total } = (await (await fetch(`${address()}/api/memory/threads`)).json()) as { total: number };
  expect(total).toBeGreaterThan(0);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("--help tells the options", async () => {
  const { child, output } = start("--help");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(output()).toContain("--db <file>");
});
