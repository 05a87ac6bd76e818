import { mssqlEngine } from "@stowage/mssql";
import sql from "mssql";
import { expect, test } from "vitest";
import { adoptingPool, parts, adoptedRows as rows } from "./adopting-pool.ts";

// What is sent when a table of another library is taken over. That a server does what is meant has not been seen.

const stored = (value: string) => `${value}\u0001`;

test("is refused unless asked for, and says what to do", async () => {
  const { pool, ends } = adoptingPool(rows);
  await expect(mssqlEngine({ pool }).converge([parts])).rejects.toMatchObject({
    ...{ code: "schema", details: { table: "parts" }, message: expect.stringContaining("adopt: true") },
  });
  expect(ends).toEqual([]);
});

test("a dry run tells it and changes nothing", async () => {
  const { pool, ends } = adoptingPool(rows);
  const { statements } = await mssqlEngine({ pool }).converge([parts], { adopt: true, dryRun: true });
  expect(statements.join()).toContain("every row of [dbo].[parts] is converted");
  expect(ends).toEqual([]);
});

test("every row is converted here, in one transaction under the lock of the schema", async () => {
  const { pool, asked, ends } = adoptingPool(rows);
  const { unknown } = await mssqlEngine({ pool }).converge([parts], { adopt: true });
  expect(unknown).toEqual(["parts.atZ", "parts.createdAt", "parts.price", "parts.version"]);
  expect(ends).toEqual(["begin 2", "commit"]);
  const texts = asked.map(({ text: request }) => request);
  const order = [
    "sp_getapplock",
    "FROM [dbo].[stowage_schema] WHERE",
    "TABLOCKX",
    "INTO [dbo].[parts__adopted]",
  ].concat(
    ["DROP TABLE [dbo].[parts]", "CREATE TABLE [dbo].[parts]", "CREATE INDEX [parts_kind_at_idx]"],
    [
      "WHERE p.[stowage_place] >",
      "INSERT INTO [dbo].[parts]",
      "[stowage_schema] SET",
      "DROP TABLE [dbo].[parts__adopted]",
    ],
  );
  const places = order.map((part) => texts.findIndex((request) => request.includes(part)));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  const made = texts.find((request) => request.includes("CREATE TABLE [dbo].[parts]"));
  expect(made).toContain(
    "[atZ] datetimeoffset(7) NULL, [createdAt] datetime2(7) NULL, [price] decimal(18, 4) NULL, [version] binary(8) NULL",
  );
  const inserted = asked.find(({ text: request }) => request.includes("INSERT INTO [dbo].[parts]"));
  expect(JSON.parse(String(inserted?.inputs.p1))).toMatchObject([
    {
      i: 1,
      c0: stored("a"),
      c1: "2026-01-02T03:04:05.678",
      c2: 2 ** 52,
      e2: -54,
      c3: '"no json"',
      c4: stored("1 of a"),
    },
    { i: 2, c0: stored("b"), c1: "2026-01-02T03:04:05.000", c3: '{"k":[1,2.50]}', c4: stored("2 of b") },
  ]);
});

test("a key that is there twice undoes it", async () => {
  const message =
    "Violation of PRIMARY KEY constraint 'parts_pkey'. Cannot insert duplicate key in object 'dbo.parts'.";
  const { pool, ends } = adoptingPool(rows, (request) =>
    request.includes("INSERT INTO [dbo].[parts]")
      ? new sql.RequestError(Object.assign(new Error(message), { info: { number: 2627 } }) as never, "EREQUEST")
      : undefined,
  );
  const converged = mssqlEngine({ pool }).converge([parts], { adopt: true });
  await expect(converged).rejects.toMatchObject({ code: "schema", details: { table: "parts" } });
  expect(ends).toEqual(["begin 2", "rollback"]);
});

test("a value that is none undoes it, and is told with its place", async () => {
  const { pool, ends } = adoptingPool([[1, "a", "some day", null, null, null]]);
  await expect(mssqlEngine({ pool }).converge([parts], { adopt: true })).rejects.toMatchObject({
    ...{ code: "schema", details: { table: "parts", column: "at" } },
  });
  expect(ends).toEqual(["begin 2", "rollback"]);
});
