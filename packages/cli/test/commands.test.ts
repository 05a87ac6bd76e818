import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { LibSQLStore } from "@stowage/libsql";
import { expect, test } from "vitest";
import { commands } from "../src/commands/index.ts";
import { shell } from "./run.ts";

const { folder, run } = shell();
const storage = ["--storage", "file:agents.db"];
const day = 86_400_000;

/** A file with a thread of today and a run of last year. */
async function fill(): Promise<void> {
  const store = new LibSQLStore({ id: "test", url: `file:${join(folder(), "agents.db")}` });
  const [now, then] = [new Date(), new Date(Date.now() - 365 * day)];
  const memory = await store.getStore("memory");
  await memory?.saveThread({
    thread: { id: "t1", resourceId: "ada", title: "Lamp", createdAt: now, updatedAt: now },
  });
  const content = { format: 2 as const, parts: [{ type: "text" as const, text: "Which bulbs fit?" }] };
  await memory?.saveMessages({
    messages: [
      { id: "m1", threadId: "t1", resourceId: "ada", role: "user", createdAt: then, content },
      { id: "m2", threadId: "t1", resourceId: "ada", role: "user", createdAt: now, content },
    ],
  });
  await store.close();
}

test("help for all and for each, the version, and a word that is no command", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  for (const name of Object.keys(commands)) expect(stdout).toContain(`  ${name} `);
  const each = await run(["prune", "--help"]);
  expect(each.code).toBe(0);
  expect(each.stdout).toMatch(/--older-than <age>.*Examples:/s);
  expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await run(["prone"])).toMatchObject({
    code: 2,
    stdout: "",
    stderr: "stowage: there is no command prone; stowage --help lists them\n",
  });
  expect((await run([])).code).toBe(2);
});

test("an export can be imported elsewhere, compressed or through a pipe", async () => {
  await fill();
  const exported = await run(["export", ...storage, "--out", "all.ndjson.gz"]);
  expect(exported).toMatchObject({ code: 0, stdout: "" });
  const lines = gunzipSync(readFileSync(join(folder(), "all.ndjson.gz")))
    .toString()
    .trim()
    .split("\n");
  expect(lines.map((line) => JSON.parse(line).t ?? JSON.parse(line).stowage)).toEqual([
    "export",
    "threads",
    "messages",
    "messages",
    "end",
  ]);
  const imported = await run(["import", "--storage", "file:copy.db", "--in", "all.ndjson.gz"]);
  expect(imported).toMatchObject({ code: 0, stderr: "" });
  expect(imported.stdout).toMatch(/memory\.messages +2 written, 0 there already/);
  const piped = await run(["export", "--storage", "file:copy.db"]);
  // Messages that come in touch their thread, so that its `updatedAt` is of the import.
  const messagesOf = (all: string[]) => all.filter((line) => line.includes('"t":"messages"'));
  expect(messagesOf(piped.stdout.split("\n"))).toEqual(messagesOf(lines));
  const again = await run(["import", ...storage, "--json"], { input: piped.stdout });
  expect(JSON.parse(again.stdout).tables["memory.messages"]).toEqual({ written: 0, skipped: 2 });
});

test("an import says which lines it did not take, and when the end is missing", async () => {
  const { code, stdout } = await run(["import", ...storage], { input: "no json\n" });
  expect(code).toBe(4);
  expect(stdout).toMatch(/line 1: .*JSON.*cut short/s);
});

test("a file that does not exist is not made by looking at it", async () => {
  for (const command of [["export"], ["doctor"], ["migrate", "status"], ["prune", "--older-than", "1d"]]) {
    const { code, stderr } = await run([...command, ...storage]);
    expect([command[0], code]).toEqual([command[0], 5]);
    expect(stderr).toContain("there is no file");
  }
  expect(existsSync(join(folder(), "agents.db"))).toBe(false);
});

test("migrate tells what is pending, prints it, and applies it", async () => {
  writeFileSync(join(folder(), "agents.db"), "");
  const status = await run(["migrate", "status", ...storage]);
  expect(status.code).toBe(3);
  const planned = await run(["migrate", "plan", ...storage]);
  expect(planned.code).toBe(0);
  expect(planned.stdout).toMatch(/create table.*mastra_threads/i);
  expect((await run(["doctor", ...storage])).code).toBe(3);
  expect((await run(["migrate", "up", ...storage])).code).toBe(0);
  expect(await run(["migrate", "status", ...storage])).toMatchObject({ code: 0, stdout: "agents.db: up to date\n" });
  expect((await run(["migrate", ...storage])).code).toBe(2);
});

test("doctor asks every domain", async () => {
  await fill();
  const { code, stdout } = await run(["doctor", ...storage]);
  expect(code).toBe(0);
  expect(stdout).toMatch(/storage +agents\.db .*schema +up to date.*experiments +up, answered in [\d.]+ ms/s);
  const found = JSON.parse((await run(["doctor", ...storage, "--json"])).stdout);
  expect(found).toMatchObject({ pending: 0, domains: { memory: { status: "up" } } });
});

test("prune counts first, removes nothing without consent, and only what is old", async () => {
  await fill();
  const counted = await run(["prune", ...storage, "--older-than", "90d", "--dry-run"]);
  expect(counted.code).toBe(0);
  expect(counted.stdout).toMatch(/memory \S*messages +1 would go/);
  const refused = await run(["prune", ...storage, "--older-than", "90d"]);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("nothing was removed");
  const pruned = await run(["prune", ...storage, "--older-than", "90d", "--domain", "memory", "--yes", "--json"]);
  expect(pruned.code).toBe(0);
  const deleted = JSON.parse(pruned.stdout).map((result: { deleted: number }) => result.deleted);
  expect(deleted.reduce((sum: number, count: number) => sum + count)).toBe(1);
  expect((await run(["prune", ...storage, "--older-than", "90 days", "--yes"])).code).toBe(2);
  expect((await run(["prune", ...storage, "--older-than", "1d", "--table", "plants", "--yes"])).code).toBe(2);
});

test("a database that does not answer is told apart, and its password is not shown", async () => {
  const { code, stdout, stderr } = await run(["export", "--storage", "postgres://user:secret@127.0.0.1:1/agents"]);
  expect(code).toBe(5);
  expect(stdout + stderr).not.toContain("secret");
});
