import {
  bigint,
  boolean,
  defineTable,
  float,
  get,
  insert,
  integer,
  json,
  patch,
  remove,
  text,
  timestamp,
  upsert,
} from "@stowage/core/engine";
import { postgresEngine } from "@stowage/pg";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const things = defineTable(
  "things",
  {
    id: text(),
    label: text().nullable(),
    body: json().nullable(),
    at: timestamp().nullable(),
    n: integer().nullable(),
    big: bigint().nullable(),
    ratio: float().nullable(),
    on: boolean().nullable(),
  },
  { key: ["id"] },
);
const nothing = { label: null, body: null, at: null, n: null, big: null, ratio: null, on: null };

/** Texts that mean something in an array's notation, in JSON, or to PostgreSQL. */
const labels = [
  ...[
    "",
    " ",
    "NULL",
    "null",
    '"',
    "\\",
    '\\"',
    "{",
    "}",
    "{a,b}",
    ",",
    "'",
    "a\0b",
    "\ud800",
    "\u001a",
    "\ufeffb",
    "e\u0301",
  ],
  ..."line\nbreak|tab\t|$1|?|😀|\\x41|\\u0000".split("|"),
];

onPostgres("18", (server) => {
  let pool: pg.Pool;
  let sent: number;
  const counted = () => ({
    async connect() {
      const client = await pool.connect();
      const { query } = client;
      client.query = ((pipeline: { statements?: unknown[] }) => {
        sent += pipeline.statements?.length ?? 0;
        return Reflect.apply(query, client, [pipeline]);
      }) as never;
      const { release } = client;
      client.release = (error) => {
        client.query = query;
        client.release = release;
        release.call(client, error);
      };
      return client;
    },
  });
  const open = async () => {
    const engine = postgresEngine({ pool: counted() as never, schemaName: freshSchema() });
    await engine.converge([things]);
    // The first request of a connection asks one thing more.
    await engine.read([get(things, [["none"]])]);
    sent = 0;
    return engine;
  };
  beforeAll(() => {
    pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
  });
  afterAll(() => pool.end());

  const rows = labels.map((label, n) => ({
    ...{ id: `id ${n} "\\`, label, body: JSON.stringify({ label }), at: n * 1e12 - 5, n: n * 2 ** 40 },
    ...{ big: BigInt(n) ** 30n, ratio: n / 3, on: n % 2 === 0 },
  }));

  test("puts of a kind are one statement, whatever is in them", async () => {
    const engine = await open();
    const all = [...rows, { id: "empty", ...nothing }];
    const inserted = await engine.write(all.map((row) => insert(things, row)));
    expect(sent).toBe(1);
    expect(inserted.every(({ outcome }) => outcome === "inserted")).toBe(true);
    const [{ rows: stored }] = await engine.read([
      get(
        things,
        all.map(({ id }) => [id]),
      ),
    ]);
    expect(stored).toEqual(all.map((row, at) => ({ ...row, _rev: inserted[at]?.rev })));
  });

  test("an upsert tells of each row whether it was new, and its revision", async () => {
    const engine = await open();
    const before = await engine.write([upsert(things, { id: "b", ...nothing, label: "kept", n: 1 })]);
    const ids = ["a", "b", "c"];
    sent = 0;
    const results = await engine.write([
      ...ids.map((id) => upsert(things, { id, ...nothing, label: "new", n: 2 }, { keep: ["label"] })),
      upsert(things, { id: "d", ...nothing }),
      remove(things, ["e"]),
    ]);
    expect(sent).toBe(3);
    expect(results.map(({ outcome }) => outcome)).toEqual(["inserted", "updated", "inserted", "inserted", "missing"]);
    expect(results[1]?.rev).toBeGreaterThan(before[0]?.rev as number);
    const [{ rows: stored }] = await engine.read([get(things, [["a"], ["b"], ["c"]])]);
    expect(stored.map((row) => [row?.label, row?.n, row?._rev])).toEqual([
      ["new", 2, results[0]?.rev],
      ["kept", 2, results[1]?.rev],
      ["new", 2, results[2]?.rev],
    ]);
  });

  test("instants are kept as far as PostgreSQL counts, and refused beyond", async () => {
    const engine = await open();
    const at = ["-004712-01-01T00:00:00.000Z", "+275760-09-13T00:00:00.000Z"].map((text) => Date.parse(text));
    await engine.write(at.map((at, n) => insert(things, { id: `${n}`, ...nothing, at })));
    const [{ rows: stored }] = await engine.read([get(things, [["0"], ["1"]])]);
    expect(stored.map((row) => row?.at)).toEqual(at);
    await expect(engine.write([insert(things, { id: "2", ...nothing, at: -8.64e15 })])).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("instants"),
    });
  });

  test("one taken key among many undoes all of them, and is the one that is named", async () => {
    const engine = await open();
    await engine.write([insert(things, { id: "x7", ...nothing })]);
    const many = Array.from({ length: 10 }, (_, n) => insert(things, { id: `x${n}`, ...nothing }));
    await expect(
      engine.write([patch(things, ["x7"], { set: { n: 1 } }), ...many.toSpliced(7, 1)]),
    ).resolves.toBeDefined();
    await engine.write(many.toSpliced(7, 1).map(({ row }) => remove(things, [row.id])));
    await expect(engine.write(many)).rejects.toMatchObject({
      code: "conflict",
      refusal: { index: 7, reason: "absent", key: expect.stringContaining("x7") },
    });
    const [{ rows: stored }] = await engine.read([get(things, [["x0"], ["x7"], ["x9"]])]);
    expect(stored.map((row) => row?.id)).toEqual([undefined, "x7", undefined]);
  });

  test("the bulk form is one statement for what is written and one for what is removed", async () => {
    const engine = await open();
    await engine.write([insert(things, { id: "gone", ...nothing }), insert(things, { id: "stays", ...nothing })]);
    sent = 0;
    await engine.write([...rows.map((row) => upsert(things, row)), remove(things, ["gone"]), remove(things, ["no"])], {
      atomic: false,
    });
    expect(sent).toBe(2);
    const [{ rows: stored }] = await engine.read([get(things, [[rows[3]?.id as string], ["gone"], ["stays"]])]);
    expect(stored.map((row) => row?.label)).toEqual([rows[3]?.label, undefined, null]);
  });
});
