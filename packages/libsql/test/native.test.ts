import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { count, type Engine, find, get, insert, upsert } from "@stowage/core/engine";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import { collectGarbage } from "../src/native/collect.ts";
import type { LibSQLOptions } from "../src/options.ts";
import { noteOf, notes } from "./tables.ts";

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let file: string;
const opened: Engine[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-native-"));
  file = join(folder, "data.db");
});
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(options: Partial<LibSQLOptions> = {}) {
  const engine = libsqlEngine({ url: `file:${file}`, ...options });
  opened.push(engine);
  await engine.converge([notes]);
  return engine;
}

const write = (engine: Engine, id: string) => engine.write([insert(notes, noteOf({ id }))]);
const pragma = (name: string) => {
  const database = new Database(file);
  const [value] = database.prepare(`PRAGMA ${name}`).raw().get([]) as unknown as [unknown];
  database.close();
  return value;
};

/** Another process's connection, as far as SQLite can tell, that holds the write lock. */
function lock(): () => void {
  const database = new Database(file);
  database.exec("BEGIN IMMEDIATE");
  return () => {
    database.exec("COMMIT");
    database.close();
  };
}

describe("one file", () => {
  test("FD-107 FD-109: has one connection, however it is named, until the last store is closed", async () => {
    const link = join(folder, "link.db");
    const first = await open();
    symlinkSync(file, link);
    const second = await open({ url: `file://${link}` });
    await write(first, "a");
    await first.close();
    await write(second, "b");
    expect((await second.read([count(notes, { path: "byOwner", eq: { owner: "ada" } })]))[0].count).toBe(2);
    await second.close();
    await expect(write(second, "c")).rejects.toMatchObject({ code: "closed" });
  });

  test("FD-110: is in WAL mode, and closing it puts everything into the main file", async () => {
    const engine = await open();
    await write(engine, "a");
    expect(pragma("journal_mode")).toBe("wal");
    await engine.close();
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
  });

  test.runIf(process.platform === "linux")("is let go of once a closed store is collected", async () => {
    const handles = () =>
      readdirSync("/proc/self/fd").filter((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`).startsWith(file);
        } catch {
          return false;
        }
      });
    const engine = await open();
    await write(engine, "a");
    await engine.read([get(notes, [["a"]]), count(notes, { path: "byOwner", eq: { owner: "ada" } })]);
    expect(handles()).not.toEqual([]);
    await engine.close();
    // What `close` does by itself on Windows.
    await collectGarbage();
    expect(handles()).toEqual([]);
  });

  test("takes another journal", async () => {
    const engine = await open({ journalMode: "delete" });
    await write(engine, "a");
    expect(pragma("journal_mode")).toBe("delete");
  });

  test("that cannot be opened is told apart from one that is damaged", async () => {
    await expect(open({ url: `file:${join(folder, "no", "such", "folder.db")}` })).rejects.toMatchObject({
      code: "unavailable",
      retry: "permanent",
    });
    const engine = await open();
    await engine.close();
    const { writeFileSync } = await import("node:fs");
    writeFileSync(file, "this is no database, but long enough to be taken for one".repeat(100));
    await expect(open()).rejects.toMatchObject({ code: "corrupt" });
  });

  test("without tables says so", async () => {
    const engine = libsqlEngine({ url: `file:${file}` });
    opened.push(engine);
    await expect(write(engine, "a")).rejects.toMatchObject({ code: "not_initialised", details: { table: "notes" } });
    await expect(engine.read([get(notes, [["a"]])])).rejects.toMatchObject({ code: "not_initialised" });
  });
});

describe("a long walk", () => {
  const filter = { op: "search", column: "title", value: "needle" } as const;
  const rows = (from: number, n: number) =>
    Array.from({ length: n }, (_, i) => upsert(notes, noteOf({ id: `n${from + i}`, at: from + i, title: "hay" })));

  test("leaves the event loop and writers alone, and sees one moment", async () => {
    const engine = await open();
    await engine.write(rows(0, 20_000), { atomic: false });
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const walk = { path: "byOwner", eq: { owner: "ada" } } as const;
    const all = { op: "not", arg: filter } as const;
    const counting = engine.read([count(notes, { ...walk, filter: all }), count(notes, { ...walk, filter: all })]);
    let written = 20_000;
    for (; written < 20_020; written++) {
      await engine.write(rows(written, 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const [one, two] = await counting;
    clearInterval(timer);
    expect(two.count).toBe(one.count);
    expect(one.count).toBeLessThan(20_010);
    expect(ticks).toBeGreaterThan(2);
    expect((await engine.read([count(notes, { ...walk, filter: all })]))[0].count).toBe(written);
  });

  test("may go on in many calls at once, and is finished before the file is closed", async () => {
    const engine = await open();
    await engine.write(rows(0, 3000), { atomic: false });
    const walks = Array.from({ length: 12 }, () =>
      engine.read([count(notes, { path: "byOwner", eq: { owner: "ada" }, filter: { op: "not", arg: filter } })]),
    );
    await engine.close();
    expect((await Promise.all(walks)).map(([{ count }]) => count)).toEqual(walks.map(() => 3000));
  });

  test("ends with the bounds of its call", async () => {
    const engine = await open();
    await engine.write(rows(0, 20_000), { atomic: false });
    const walk = count(notes, { path: "byOwner", eq: { owner: "ada" }, filter });
    await expect(engine.read([walk], { signal: AbortSignal.timeout(5) })).rejects.toMatchObject({ code: "aborted" });
    expect((await engine.read([walk]))[0].count).toBe(0);
  });
});

describe("a locked file", () => {
  test("is waited for without holding the event loop, and writes keep their order", async () => {
    const engine = await open();
    await write(engine, "a");
    const unlock = lock();
    const done: string[] = [];
    const writes = ["b", "c", "d"].map((id) => write(engine, id).then(() => done.push(id)));
    let ticks = 0;
    const timer = setInterval(() => ticks++, 10);
    // Readers are not in the way of the writer, nor it in theirs.
    expect((await engine.read([get(notes, [["a"]])]))[0].rows[0]?.id).toBe("a");
    await new Promise((resolve) => setTimeout(resolve, 400));
    clearInterval(timer);
    expect(done).toEqual([]);
    // A held event loop would let through one or two; a loaded machine loses some of the forty.
    expect(ticks).toBeGreaterThan(4);
    unlock();
    await Promise.all(writes);
    expect(done).toEqual(["b", "c", "d"]);
  });

  test("that stays locked is given up, and nothing was written", async () => {
    const engine = await open({ connectionTimeoutMs: 50, maxRetries: 1, initialBackoffMs: 10 });
    const unlock = lock();
    await expect(write(engine, "a")).rejects.toMatchObject({ code: "busy", retry: "exhausted" });
    unlock();
    expect((await engine.read([get(notes, [["a"]])]))[0].rows).toEqual([undefined]);
    await write(engine, "a");
  });

  test("is not waited for past the call's bounds", async () => {
    const engine = await open();
    const unlock = lock();
    const aborted = AbortSignal.timeout(60);
    const row = insert(notes, noteOf({ id: "a" }));
    await expect(engine.write([row], { signal: aborted })).rejects.toMatchObject({ code: "aborted" });
    await expect(engine.write([row], { deadline: Date.now() + 60 })).rejects.toMatchObject({ code: "timeout" });
    unlock();
  });

  test("FD-105: with a rollback journal is waited for by readers and writers too", async () => {
    const engine = await open({ journalMode: "delete" });
    await write(engine, "a");
    const database = new Database(file);
    database.exec("BEGIN EXCLUSIVE");
    const reading = engine.read([get(notes, [["a"]]), find(notes, { path: "byOwner", eq: { owner: "ada" } })]);
    const writing = write(engine, "b");
    await new Promise((resolve) => setTimeout(resolve, 100));
    database.exec("COMMIT");
    database.close();
    expect((await reading)[0].rows[0]?.id).toBe("a");
    await writing;
  });
});

describe("large values", () => {
  const mebibyte = 2 ** 20;

  test("come back as they were up to the limit, and are refused above it by name", async () => {
    const engine = await open({ url: ":memory:" });
    const title = `${"é".repeat(32 * mebibyte - 2)}\u{1f600}`;
    const body = JSON.stringify("x".repeat(mebibyte));
    await engine.write([upsert(notes, noteOf({ id: "a", title, body }))]);
    const [row] = (await engine.read([get(notes, [["a"]])]))[0].rows;
    expect(row?.title === title && row.body === body).toBe(true);
    await expect(engine.write([upsert(notes, noteOf({ id: "b", title: `${title}x` }))])).rejects.toMatchObject({
      code: "too_large",
      details: { table: "notes", column: "title" },
    });
  });

  test("make a batch too large together", async () => {
    const engine = await open({ url: ":memory:" });
    const half = "x".repeat(45 * mebibyte);
    const rows = ["a", "b"].map((id) => upsert(notes, noteOf({ id, title: half })));
    await expect(engine.write(rows)).rejects.toMatchObject({ code: "too_large", details: { unit: "bytes" } });
    expect((await engine.read([get(notes, [["a"], ["b"]])]))[0].rows).toEqual([undefined, undefined]);
  });
});

describe("memory", () => {
  test("is private, or shared by name", async () => {
    const [one, two] = [await open({ url: ":memory:" }), await open({ url: ":memory:" })];
    await write(one, "a");
    expect((await two.read([get(notes, [["a"]])]))[0].rows).toEqual([undefined]);
    const name = `file:${Math.random()}?mode=memory&cache=shared`;
    const [three, four] = [await open({ url: name }), await open({ url: name })];
    await write(three, "a");
    expect((await four.read([get(notes, [["a"]])]))[0].rows[0]?.id).toBe("a");
  });

  test("outlives a refused batch", async () => {
    const engine = await open({ url: ":memory:" });
    await write(engine, "a");
    await expect(
      engine.write([upsert(notes, noteOf({ id: "b" })), insert(notes, noteOf({ id: "a" }))]),
    ).rejects.toThrow();
    expect((await engine.read([get(notes, [["a"], ["b"]])]))[0].rows.map((row) => row?.id)).toEqual(["a", undefined]);
  });
});
