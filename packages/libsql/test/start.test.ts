import { fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count, get } from "@stowage/core/engine";
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

test("16 processes start on an empty file and count together", async () => {
  await together(16, `file:${file}`, 8);
  await expectTurns(`file:${file}`, 16, 8);
});

test("4 processes write one file as fast as they can, and none is turned away", async () => {
  await together(4, `file:${file}`, 300);
  await expectTurns(`file:${file}`, 4, 300);
});

test("8 processes start on an empty server and count together", async () => {
  const front = await HranaFront.start(file);
  await together(8, front.url, 5);
  await expectTurns(front.url, 8, 5);
  await front.stop();
});
