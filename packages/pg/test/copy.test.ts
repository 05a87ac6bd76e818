import {
  base64,
  boolean,
  defineTable,
  float,
  get,
  insert,
  integer,
  json,
  patch,
  type Row,
  text,
  timestamp,
} from "@stowage/core/engine";
import { type PostgresEngine, postgresEngine } from "@stowage/pg";
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
    ratio: float().nullable(),
    on: boolean().nullable(),
    bytes: base64().nullable(),
    never: text().nullable(),
  },
  { key: ["id"] },
);
type Thing = Row<typeof things>;
const nothing = { label: null, body: null, at: null, n: null, ratio: null, on: null, bytes: null, never: null };

const labels = [
  "",
  "a\0b",
  "\ud800",
  "\u001a",
  "\u001e\u001f",
  "\\.",
  "\n\r\t",
  "😀",
  "é".repeat(60),
  "x".repeat(70_000),
];
const instants = [
  0, -1, 946_684_800_000, 1_700_000_000_123, -62_135_596_800_001, -210_000_000_000_000, 8_000_000_000_000_000,
];
const numbers = [0, -1, 2 ** 31, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];
const ratios = [0.1, -2.5e-300, Number.MAX_VALUE, 5e-324];
const rowsOf = (count: number): Thing[] =>
  Array.from({ length: count }, (_, n) => {
    const label = labels[n % labels.length] as string;
    return {
      ...{ id: `id ${n}`, label, body: JSON.stringify({ label }), at: instants[n % instants.length] as number },
      ...{ n: numbers[n % numbers.length] as number, ratio: ratios[n % ratios.length] as number, on: n % 3 === 0 },
      ...{ bytes: btoa(`${n}`), never: null },
      ...(n % 4 === 1 && { label: null, body: null, at: null, n: null, ratio: null, on: null, bytes: null }),
    };
  });

onPostgres("18", (server) => {
  let pool: pg.Pool;
  /** What went to the server by each statement of a request. */
  let sent: string[] = [];
  beforeAll(() => {
    pool = new pg.Pool({ connectionString: server().connectionString, max: 1 });
    pool.on("connect", (client) => {
      const { connection } = client as unknown as { connection: { parse(message: { text: string }): void } };
      const { parse } = connection;
      connection.parse = (message) => {
        sent.push(message.text);
        parse.call(connection, message);
      };
    });
  });
  afterAll(() => pool.end());

  async function open(schemaName = freshSchema()): Promise<PostgresEngine> {
    const engine = postgresEngine({ pool, schemaName });
    await engine.converge([things]);
    // From the first answer on it is known that the connection goes straight to its server.
    await engine.read([get(things, [["none"]])]);
    sent = [];
    return engine;
  }

  test("many new rows are copied and come back as they were; a column that all leave empty does not travel", async () => {
    const engine = await open();
    const rows = rowsOf(60);
    const results = await engine.write(rows.map((row) => insert(things, row)));
    expect(sent.map((text) => text.split(" ")[0])).toEqual(["COPY"]);
    expect(sent[0]).not.toContain("never");
    const [{ rows: stored }] = await engine.read([
      get(
        things,
        rows.map(({ id }) => [id]),
      ),
    ]);
    expect(stored).toEqual(rows.map((row, at) => ({ ...row, _rev: results[at]?.rev })));
  });

  test("a taken key undoes the batch, is the one that is named, and leaves the connection as it was", async () => {
    const engine = await open();
    await engine.write([insert(things, { ...nothing, id: "id 17" })]);
    const many = rowsOf(900).map((row) => insert(things, row));
    const batch = [patch(things, ["id 17"], { set: { n: 1 } }), ...many.toSpliced(17, 1)];
    await expect(engine.write([...many])).rejects.toMatchObject({ refusal: { index: 17, reason: "absent" } });
    // What the server refuses before makes it leave the rows unread.
    const stale = patch(things, ["id 17"], { set: { n: 2 }, expect: { rev: 1 } });
    await expect(engine.write([stale, ...many.toSpliced(17, 1)])).rejects.toMatchObject({
      refusal: { index: 0, reason: "rev" },
    });
    await engine.write(batch);
    const [{ rows }] = await engine.read([get(things, [["id 17"], ["id 899"]])]);
    expect(rows.map((row) => row?.n)).toEqual([1, rowsOf(900)[899]?.n ?? null]);
  });

  test("an instant beyond what PostgreSQL counts is refused as in any other write", async () => {
    const engine = await open();
    const rows = rowsOf(20).map((row) => ({ ...row, at: -8_640_000_000_000_000 }));
    await expect(engine.write(rows.map((row) => insert(things, row)))).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  test("a server that copies no rows into a table with policies gets them as an INSERT", async () => {
    const schemaName = freshSchema();
    await open(schemaName);
    const role = `${schemaName}_user`;
    await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x';
      GRANT USAGE ON SCHEMA ${schemaName} TO ${role};
      GRANT ALL ON ALL TABLES IN SCHEMA ${schemaName} TO ${role};
      ALTER TABLE ${schemaName}.things ENABLE ROW LEVEL SECURITY;
      CREATE POLICY all_rows ON ${schemaName}.things USING (true)`);
    const url = new URL(server().connectionString);
    url.username = role;
    url.password = "x";
    const engine = postgresEngine({ connectionString: url.href, schemaName });
    await engine.read([get(things, [["none"]])]);
    const rows = rowsOf(20);
    await engine.write(rows.map((row) => insert(things, row)));
    const [{ rows: stored }] = await engine.read([get(things, [["id 0"], ["id 19"]])]);
    expect(stored).toMatchObject([rows[0], rows[19]]);
    await engine.close();
  });
});
