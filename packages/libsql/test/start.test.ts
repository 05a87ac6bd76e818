import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count, defineTable, get, integer, text } from "@stowage/core/engine";
import Database from "libsql";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import { HranaFront } from "./hrana-front.ts";
import { notes, steps } from "./tables.ts";

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-start-"));
  file = join(folder, "data.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program in so many processes, which begin together once all are there. */
async function together(processes: number, url: string, turns: number): Promise<void> {
  const children = Array.from({ length: processes }, () =>
    fork(join(import.meta.dirname, "programs", "converge.ts"), [url, `${turns}`], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    }),
  );
  const ends = children.map(async (child) => {
    let errors = "";
    child.stderr?.on("data", (text) => {
      errors += text;
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    return { code, errors };
  });
  await Promise.all(children.map((child) => new Promise((resolve) => child.once("message", resolve))));
  for (const child of children) child.send("go");
  expect(await Promise.all(ends)).toEqual(children.map(() => ({ code: 0, errors: "" })));
}

async function expectTurns(url: string, processes: number, turns: number) {
  const engine = libsqlEngine({ url });
  expect((await engine.converge([notes, steps])).statements).toEqual([]);
  const [counter, all] = await engine.read([
    get(notes, [["counter"]]),
    count(notes, { path: "byOwner", eq: { owner: "ada" } }),
  ]);
  expect(counter.rows[0]?.n).toBe(processes * turns);
  expect(all.count).toBe(processes * turns + 1);
  await engine.close();
}

test("FD-078: 16 processes start on an empty file and count together", async () => {
  await together(16, `file:${file}`, 8);
  await expectTurns(`file:${file}`, 16, 8);
});

test("4 processes write one file as fast as they can, and none is turned away", async () => {
  await together(4, `file:${file}`, 300);
  await expectTurns(`file:${file}`, 4, 300);
});

test("FD-162: 8 processes start on an empty server and count together", async () => {
  const front = await HranaFront.start(file);
  await together(8, front.url, 5);
  await expectTurns(front.url, 8, 5);
  await front.stop();
});

test("FD-079: whoever looks while tables are made sees none of them, or all", async () => {
  const program = join(import.meta.dirname, "programs", "converge.ts");
  const child = fork(program, [`file:${file}`, "0"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.once("message", resolve));
  const database = new Database(file, { timeout: 5000 } as Database.Options);
  const look = database.prepare("SELECT count(*) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'").raw();
  const seen = new Set<unknown>([(look.get([]) as unknown as unknown[])[0]]);
  child.send("go");
  let isOver = false;
  void ended.then(() => {
    isOver = true;
  });
  while (!isOver) {
    seen.add((look.get([]) as unknown as unknown[])[0]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  seen.add((look.get([]) as unknown as unknown[])[0]);
  database.close();
  expect([...seen]).toEqual([0, expect.any(Number)]);
});

test("FD-080: a start that is killed at any moment leaves nothing that the next start has to wait for", async () => {
  const program = join(import.meta.dirname, "programs", "converge.ts");
  for (let delay = 0; delay < 24; delay += 4) {
    const path = join(folder, `killed-${delay}.db`);
    const child = fork(program, [`file:${path}`, "1000"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    await new Promise((resolve) => child.once("message", resolve));
    child.send("go");
    await new Promise((resolve) => setTimeout(resolve, delay));
    child.kill("SIGKILL");
    await ended;
    const engine = libsqlEngine({ url: `file:${path}` });
    await engine.converge([notes, steps]);
    expect((await engine.converge([notes, steps])).statements).toEqual([]);
    await engine.close();
  }
});

test("FD-082: tables of a newer format are refused in one sentence, before anything is touched", async () => {
  const table = (format: number) => defineTable("things", { id: text(), n: integer() }, { key: ["id"], format });
  const newer = libsqlEngine({ url: `file:${file}` });
  await newer.converge([table(2)]);
  await newer.close();
  const older = libsqlEngine({ url: `file:${file}` });
  await expect(older.converge([notes, table(1)])).rejects.toMatchObject({
    code: "schema",
    message: expect.stringContaining("newer"),
    details: { table: "things", stored: 2, known: 1 },
  });
  await older.close();
  const again = libsqlEngine({ url: `file:${file}` });
  expect((await again.converge([table(2)])).statements).toEqual([]);
  expect((await again.converge([notes], { dryRun: true })).statements).not.toEqual([]);
  await again.close();
});
