import { type ConvexCaller, convexEngine } from "@stowage/convex";
import {
  count,
  defineTable,
  type Engine,
  find,
  get,
  insert,
  integer,
  json,
  patch,
  remove,
  type Table,
  text,
  upsert,
} from "@stowage/core/engine";
import { encodeParts } from "@stowage/kv";
import { fd } from "@stowage/testkit";
import { describe, expect, test } from "vitest";
import { type Deployment, deployment } from "./deployment.ts";

const kilobyte = 1024;
const notes = defineTable(
  "notes",
  { id: text(), n: integer(), title: text(), body: json() },
  { key: ["id"], paths: { byN: { sort: ["n"] } } },
);
const columns = Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`c${n}`, text()]));
const paths = Object.fromEntries(Object.keys(columns).map((name) => [`by_${name}`, { eq: [name] }]));
const indexed: Table = defineTable("indexed", { id: text(), ...columns }, { key: ["id"], paths: paths as never });

const note = (n: number, size: number, title = "t") => ({
  id: `n${n}`,
  n,
  title,
  body: JSON.stringify("x".repeat(size)),
});

async function open(): Promise<{ engine: Engine; place: Deployment; calls: string[] }> {
  const place = deployment();
  const caller: ConvexCaller = place;
  const calls: string[] = [];
  const client: ConvexCaller = {
    query: (reference: unknown, args: unknown) => {
      calls.push("query");
      return caller.query(reference, args);
    },
    mutation: (reference: unknown, args: unknown) => {
      calls.push("mutation");
      return caller.mutation(reference, args);
    },
  };
  const engine = convexEngine({ client });
  await engine.converge([notes, indexed]);
  calls.length = 0;
  return { engine, place, calls };
}

const documents = (place: Deployment) =>
  place.run(async ({ db }) => {
    const tables = [
      "stowage_records",
      "stowage_entries",
      "stowage_claims",
      "stowage_parts",
      "stowage_garbage",
    ] as const;
    const counts = await Promise.all(tables.map(async (name) => [name, (await db.query(name).collect()).length]));
    return Object.fromEntries(counts) as Record<(typeof tables)[number], number>;
  });

/** The platform's limits are on in all of these: what goes beyond one throws. */
describe("limits", { timeout: 60_000 }, () => {
  fd("FD-151", "a row of several documents comes back as it was, and leaves none behind", async () => {
    const { engine, place } = await open();
    const before = await documents(place);
    const title = `${"é😀".repeat(200_000)}`;
    const long = { ...note(1, 2_000 * kilobyte), title };
    await engine.write([insert(notes, long)]);
    expect((await documents(place)).stowage_parts).toBeGreaterThan(3);
    const read = async () => (await engine.read([get(notes, [["n1"]])]))[0].rows[0];
    expect(await read()).toEqual({ ...long, _rev: expect.any(Number) });
    const shorter = { ...long, body: '"short"' };
    await engine.write([upsert(notes, shorter)]);
    expect(await read()).toEqual({ ...shorter, _rev: expect.any(Number) });
    await engine.write([upsert(notes, note(1, 1))]);
    expect((await documents(place)).stowage_parts).toBe(0);
    await engine.write([upsert(notes, long)]);
    await engine.write([remove(notes, ["n1"])]);
    expect(await documents(place)).toEqual(before);
  });

  test("rows that are too much for one query are all there", async () => {
    const { engine, calls } = await open();
    const rows = Array.from({ length: 24 }, (_, n) => note(n, 800 * kilobyte));
    for (const row of rows) await engine.write([insert(notes, row)]);
    calls.length = 0;
    const [{ rows: got }] = await engine.read([
      get(
        notes,
        rows.map(({ id }) => [id]),
      ),
    ]);
    expect(got.map((row) => row?.id)).toEqual(rows.map(({ id }) => id));
    expect(calls.length).toBeLessThanOrEqual(3);
    for (const direction of ["asc", "desc"] as const) {
      const seen: string[] = [];
      for (let cursor: string | undefined, end = ""; end !== "exhausted"; ) {
        const [page] = await engine.read([find(notes, { path: "byN", direction, ...(cursor && { cursor }) })]);
        seen.push(...page.rows.map(({ id }) => id));
        ({ cursor, end } = page);
      }
      expect(direction === "asc" ? seen : seen.reverse()).toEqual(rows.map(({ id }) => id));
    }
  });

  test("keys of long rows are read without the rows", async () => {
    const { engine, calls } = await open();
    for (let n = 0; n < 12; n++) await engine.write([insert(notes, note(n, 1_500 * kilobyte))]);
    calls.length = 0;
    const [page] = await engine.read([find(notes, { path: "byN", limit: 20, columns: ["id"] })]);
    expect(page.rows).toHaveLength(12);
    expect(calls).toEqual(["query"]);
  });

  test("a batch may remove more than a mutation can read", async () => {
    const { engine, place } = await open();
    const before = await documents(place);
    const ids = Array.from({ length: 20 }, (_, n) => n);
    for (const n of ids) await engine.write([insert(notes, note(n, 1_500 * kilobyte))]);
    await engine.write(ids.map((n) => remove(notes, [`n${n}`], "exists")));
    expect(await documents(place)).toEqual(before);
  });

  test("an index and a unique key that come later find long rows, and lose them again", async () => {
    const { engine, place } = await open();
    const before = await documents(place);
    for (let n = 0; n < 3; n++) await engine.write([insert(notes, note(n, 100 * kilobyte, `title ${n}`))]);
    const { columns: same, key } = notes;
    const grown = defineTable("notes", same as typeof notes.columns, {
      key,
      unique: { byTitle: ["title"] },
      paths: { byN: { sort: ["n"] }, byTitle: { eq: ["title"] } },
    });
    const newer = convexEngine({ client: place });
    await newer.converge([grown]);
    const titled = async (title: string) =>
      (await newer.read([find(grown, { path: "byTitle", eq: { title }, columns: ["id"] })]))[0].rows.map(
        ({ id }) => id,
      );
    expect(await titled("title 1")).toEqual(["n1"]);
    const taken = newer.write([insert(grown, note(7, 1, "title 2"))]);
    await expect(taken).rejects.toMatchObject({ refusal: { reason: "unique", unique: "byTitle" } });
    // A process that does not know of them keeps them up all the same.
    await engine.write([upsert(notes, note(1, 50 * kilobyte, "another")), remove(notes, ["n2"])]);
    expect(await titled("title 1")).toEqual([]);
    expect(await titled("another")).toEqual(["n1"]);
    await newer.write([insert(grown, note(7, 1, "title 2")), insert(grown, note(8, 1, "title 1"))]);
    await newer.write([0, 1, 7, 8].map((n) => remove(grown, [`n${n}`], "exists")));
    expect(await documents(place)).toEqual(before);
  });

  test("a batch may replace more than a mutation can read", async () => {
    const { engine, place } = await open();
    const before = await documents(place);
    const ids = Array.from({ length: 20 }, (_, n) => n);
    for (const n of ids) await engine.write([insert(notes, note(n, 1_500 * kilobyte))]);
    await engine.write(ids.map((n) => upsert(notes, note(n, 100 * kilobyte), { expect: "exists" })));
    const [{ rows }] = await engine.read([
      get(
        notes,
        ids.map((n) => [`n${n}`]),
      ),
    ]);
    expect(rows.every((row, n) => row?.body === note(n, 100 * kilobyte).body)).toBe(true);
    expect((await documents(place)).stowage_parts).toBe(20);
    await engine.write(ids.map((n) => remove(notes, [`n${n}`])));
    expect(await documents(place)).toEqual(before);
  });

  test("a batch that has to read more than a mutation can is refused whole", async () => {
    const { engine } = await open();
    const ids = Array.from({ length: 20 }, (_, n) => n);
    for (const n of ids) await engine.write([insert(notes, note(n, 1_500 * kilobyte))]);
    const write = engine.write(ids.map((n) => patch(notes, [`n${n}`], { set: { title: "new" } })));
    await expect(write).rejects.toMatchObject({ code: "too_large", retry: "permanent" });
    const [{ count: changed }] = await engine.read([
      count(notes, { path: "byN", filter: { op: "eq", column: "title", value: "new" } }),
    ]);
    expect(changed).toBe(0);
  });

  test("long rows are pruned however many they are", async () => {
    const { engine, place } = await open();
    const before = await documents(place);
    for (let n = 0; n < 20; n++) await engine.write([insert(notes, note(n, 1_500 * kilobyte))]);
    for (let done = false; !done; ) ({ done } = await engine.removeRange({ table: notes, path: "byN", limit: 1_000 }));
    expect(await documents(place)).toEqual(before);
  });

  test("a whole batch of records with many entries is written, moved and removed", async () => {
    const { engine, place } = await open();
    const before = await documents(place);
    const rows = (value: string) =>
      Array.from({ length: engine.capabilities.atomicLimit.records }, (_, n) => ({
        id: `i${n}`,
        ...Object.fromEntries(Object.keys(columns).map((name) => [name, value])),
      }));
    const eq = (value: string) => ({ path: "by_c3", eq: { c3: value } });
    await engine.write(rows("a").map((row) => insert(indexed, row)));
    await engine.write(rows("b").map((row) => upsert(indexed, row)));
    const counts = await engine.read([count(indexed, eq("a")), count(indexed, eq("b"))]);
    expect(counts.map((answer) => answer.count)).toEqual([0, engine.capabilities.atomicLimit.records]);
    await engine.write(rows("b").map(({ id }: { id: string }) => remove(indexed, [id])));
    const after = await documents(place);
    expect({ ...after, stowage_records: 0 }).toEqual({ ...before, stowage_records: 0 });
  });

  test("counts and offsets go beyond what one query may look at", async () => {
    const { engine, place, calls } = await open();
    await engine.write(Array.from({ length: 10 }, (_, n) => insert(notes, note(100_000 + n, 1))));
    const many = 20_000;
    for (let from = 0; from < many; from += 10_000) {
      await place.run(async ({ db }) => {
        const entry = await db.query("stowage_entries").first();
        if (!entry) throw new Error("there is no entry");
        for (let n = from; n < from + 10_000; n++) {
          await db.insert("stowage_entries", { x: entry.x, s: encodeParts([n, `f${n}`]), r: entry.r });
        }
      });
    }
    calls.length = 0;
    const [{ count: total }] = await engine.read([count(notes, { path: "byN" })]);
    expect(total).toBe(many + 10);
    expect(calls).toEqual(["query", "query"]);
    const [page] = await engine.read([find(notes, { path: "byN", offset: many + 4, limit: 3 })]);
    expect(page.rows.map(({ n }) => n)).toEqual([100_004, 100_005, 100_006]);
    const [back] = await engine.read([find(notes, { path: "byN", direction: "desc", offset: 8, limit: 2 })]);
    expect(back.rows.map(({ n }) => n)).toEqual([100_001, 100_000]);
  });
});
