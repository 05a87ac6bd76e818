import { base64, defineTable, get, insert, text, timestamp, upsert } from "@stowage/core/engine";
import { type PostgresEngine, postgresEngine } from "@stowage/pg";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const files = defineTable(
  "files",
  { id: text(), content: base64(), extra: base64().nullable(), at: timestamp() },
  { key: ["id"] },
);

/** Base64 of so many bytes, all values among them. */
const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 256)).toString("base64");

onPostgres("18", (server) => {
  const schemaName = freshSchema();
  let engine: PostgresEngine;

  beforeAll(async () => {
    engine = postgresEngine({ connectionString: server().connectionString, schemaName });
    await engine.converge([files]);
  });
  afterAll(() => engine.close());

  test("base64 is kept as bytes and comes back as it was, one by one and as many rows at once", async () => {
    const rows = Array.from({ length: 40 }, (_, id) => ({
      ...{ id: `${id}`, content: bytes(id * 100), extra: id % 3 === 0 ? bytes(id) : null, at: id },
    }));
    await engine.write([insert(files, rows[0] as (typeof rows)[0])]);
    await engine.write(rows.map((row) => upsert(files, row)));
    const [{ rows: found }] = await engine.read([
      get(
        files,
        rows.map(({ id }) => [id]),
      ),
    ]);
    expect(found).toEqual(rows.map((row) => expect.objectContaining(row)));
    const pool = new pg.Pool({ connectionString: server().connectionString });
    const { rows: stored } = await pool.query(
      `SELECT sum(octet_length(content))::int AS bytes, pg_typeof(min(content)) AS type FROM ${schemaName}.files`,
    );
    await pool.end();
    expect(stored).toEqual([{ bytes: 78_000, type: "bytea" }]);
  });

  test("a text that would come back different is refused", async () => {
    const row = { id: "x", content: "not base64", extra: null, at: 0 };
    await expect(engine.write([insert(files, row)])).rejects.toThrow("base64");
  });

  test("a session that gives bytes or instants in another form", async () => {
    const row = { id: "y", content: bytes(512), at: 1_700_000_000_123 };
    await engine.write([upsert(files, { ...row, extra: null })]);
    const withOption = (option: string) =>
      postgresEngine({ connectionString: `${server().connectionString}?options=-c%20${option}`, schemaName });
    const escaping = withOption("bytea_output%3Descape");
    expect((await escaping.read([get(files, [["y"]])]))[0].rows).toMatchObject([row]);
    await escaping.close();
    const german = withOption("DateStyle%3DGerman");
    await expect(german.read([get(files, [["y"]])])).rejects.toMatchObject({
      code: "unsupported",
      details: { option: "DateStyle" },
    });
    await german.close();
  });
});
