import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createClient } from "@libsql/client";
import { count, type Engine, find, get, insert, patch, upsert } from "@stowage/core/engine";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { libsqlEngine } from "../src/engine.ts";
import { HranaFront } from "./hrana-front.ts";
import { noteOf, notes, steps } from "./tables.ts";

// A loaded machine is slow, not wrong.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder: string;
let front: HranaFront;
let engine: Engine;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "stowage-server-"));
  front = await HranaFront.start(join(folder, "data.db"));
  engine = libsqlEngine({ url: front.url });
  await engine.converge([notes, steps]);
});
afterEach(async () => {
  await engine.close();
  await front.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** How many requests a call makes. */
async function requests(call: () => Promise<unknown>): Promise<number> {
  front.requests = 0;
  await call();
  return front.requests;
}

const one = insert(notes, noteOf({ id: "a", title: "first" }));

test("every call is one request", async () => {
  const many = Array.from({ length: 40 }, (_, n) => upsert(notes, noteOf({ id: `n${n}`, at: n })));
  expect(await requests(() => engine.write([one]))).toBe(1);
  expect(await requests(() => engine.write([...many, patch(notes, ["a"], { set: { n: 1 }, expect: "exists" })]))).toBe(
    1,
  );
  expect(await requests(() => engine.read([get(notes, [["a"]])]))).toBe(1);
  const page = find(notes, { path: "byOwner", eq: { owner: "ada" }, limit: 10 });
  expect(await requests(() => engine.read([page, count(notes, { path: "byOwner", eq: { owner: "ada" } })]))).toBe(1);
  const filtered = find(notes, { ...page, filter: { op: "search", column: "title", value: "FIRST" } });
  expect(await requests(() => engine.read([filtered]))).toBe(1);
  expect(
    await requests(() => engine.removeRange({ table: notes, path: "byOwner", eq: { owner: "ada" }, limit: 5 })),
  ).toBe(1);
  expect(await requests(() => engine.read([get(notes, [])]))).toBe(0);
});

test("converge on what is there already takes at most three requests", async () => {
  expect(await requests(() => libsqlEngine({ url: front.url }).converge([notes, steps]))).toBeLessThanOrEqual(3);
});

test("FD-100: no call rests on a stream that an earlier one left open, so none can expire", async () => {
  front.streamsGivenBack = 0;
  await engine.write([one]);
  await engine.write([upsert(notes, noteOf({ id: "b" })), patch(notes, ["a"], { set: { n: 1 }, expect: "exists" })]);
  await engine.read([get(notes, [["a"]]), count(notes, { path: "byOwner", eq: { owner: "ada" } })]);
  await engine.removeRange({ table: notes, path: "byOwner", eq: { owner: "ada" }, limit: 5 });
  expect(front.streamsGivenBack).toBe(0);
  expect(front.openStreams).toBe(0);
});

test("a page that the database could not filter ends after one request and goes on", async () => {
  const rows = Array.from({ length: 500 }, (_, n) =>
    upsert(notes, noteOf({ id: `n${n}`, at: n, title: n % 100 ? "no" : "YES" })),
  );
  await engine.write(rows, { atomic: false });
  const walk = {
    path: "byOwner",
    eq: { owner: "ada" },
    limit: 3,
    filter: { op: "search", column: "title", value: "yes" },
  } as const;
  const found: number[] = [];
  const ends: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const [page] = await engine.read([find(notes, { ...walk, ...(cursor !== undefined && { cursor }) })]);
    found.push(...page.rows.map(({ at }) => at));
    ends.push(page.end);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  expect(found).toEqual([0, 100, 200, 300, 400]);
  expect(ends).toContain("budget");
  expect(ends.at(-1)).toBe("exhausted");
});

describe("when the connection fails", () => {
  test("a write that was never sent says that it may be tried again", async () => {
    const nobody = await HranaFront.start(join(folder, "nobody.db"));
    const { url } = nobody;
    await nobody.stop();
    const lost = libsqlEngine({ url });
    await expect(lost.write([one])).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
    await lost.close();
  });

  test.each(["drop before", "drop after", "cut", 502] as const)(
    "a write whose answer is lost (%s) claims nothing",
    async (fault) => {
      front.fail(fault);
      await expect(engine.write([one])).rejects.toMatchObject({ code: "unknown_outcome", retry: "permanent" });
      const [{ rows }] = await engine.read([get(notes, [["a"]])]);
      expect(rows[0] !== undefined).toBe(fault === "drop after" || fault === "cut");
    },
  );

  test.each(["drop after", "cut"] as const)("a read (%s) says that it may be tried again", async (fault) => {
    front.fail(fault);
    await expect(engine.read([get(notes, [["a"]])])).rejects.toMatchObject({ code: "unavailable", retry: "temporary" });
  });

  test.each([
    [401, "permission"],
    [403, "permission"],
    [413, "too_large"],
    [404, "unavailable"],
    [503, "unavailable"],
  ] as const)("the status %s of a read means %s", async (status, code) => {
    front.fail(status);
    await expect(engine.read([get(notes, [["a"]])])).rejects.toMatchObject({ code });
  });

  test("a write that the server did not let in was not applied", async () => {
    front.fail(401);
    await expect(engine.write([one])).rejects.toMatchObject({ code: "permission", retry: "permanent" });
  });
});

test("an injected client that gives integers as texts is told apart, not misread", async () => {
  const client = createClient({ url: `file:${join(folder, "texts.db")}`, intMode: "string" });
  const own = libsqlEngine({ client });
  const use = async () => {
    await own.converge([notes]);
    await own.write([one]);
    await own.read([get(notes, [["a"]])]);
  };
  await expect(use()).rejects.toMatchObject({ code: "unsupported", details: { option: "intMode" } });
  await own.close();
  client.close();
});

test("an injected client stays open, and one with bigints serves as well", async () => {
  const client = createClient({ url: `file:${join(folder, "other.db")}`, intMode: "bigint" });
  const own = libsqlEngine({ client });
  await own.converge([notes]);
  const [written] = await own.write([one]);
  await own.write([patch(notes, ["a"], { set: { n: 2 }, expect: { rev: written?.rev ?? 0 } })]);
  expect((await own.read([get(notes, [["a"]])]))[0].rows[0]).toMatchObject({ n: 2, done: false });
  await own.close();
  expect((await client.execute("SELECT count(*) AS n FROM notes")).rows[0]?.n).toBe(1n);
  client.close();
});
