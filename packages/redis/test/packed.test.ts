import { defineTable, type Engine, get, insert, integer, json, patch, text, upsert } from "@stowage/core/engine";
import { redisEngine } from "@stowage/redis";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

const notes = defineTable(
  "notes",
  {
    id: text(),
    note: text().nullable(),
    notes: text().nullable(),
    at: integer().nullable(),
    data: json().nullable(),
  },
  { key: ["id"], paths: { byTime: { sort: ["at"] } } },
);

/** Would be the end of a column and the beginning of another, were they not told apart. */
const tricky = "a\u001fnotes:=b\u001f";

onRedis("the columns of a record that are one field", (server) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = redisEngine({ connectionString: server().connectionString, keyPrefix: freshPrefix() });
    await engine.converge([notes]);
    await engine.write([insert(notes, { id: "n", note: tricky, notes: "notes", at: 5, data: "[1]" })]);
  });
  afterEach(() => engine.close());

  const stored = async () => {
    const [{ rows }] = await engine.read([get(notes, [["n"]])]);
    const { _rev, ...row } = rows[0] as (typeof rows)[number] & { _rev: number };
    return row;
  };

  test("a patch changes the named ones alone, to a null and back", async () => {
    await engine.write([patch(notes, ["n"], { set: { notes: null, data: null } })]);
    expect(await stored()).toEqual({ id: "n", note: tricky, notes: null, at: 5, data: null });
    await engine.write([patch(notes, ["n"], { set: { note: null, notes: `${tricky}!`, data: "{}" } })]);
    expect(await stored()).toEqual({ id: "n", note: null, notes: `${tricky}!`, at: 5, data: "{}" });
    await engine.write([patch(notes, ["n"], { set: { note: "" }, raise: { at: 3 } })]);
    expect(await stored()).toEqual({ id: "n", note: "", notes: `${tricky}!`, at: 6, data: "{}" });
  });

  test("an upsert keeps what it is told to, nulls too, and replaces the rest", async () => {
    const next = { id: "n", note: "next", notes: "next", at: 9, data: "[2]" };
    await engine.write([upsert(notes, next, { keep: ["note", "data"] })]);
    expect(await stored()).toEqual({ ...next, note: tricky, data: "[1]" });
    await engine.write([patch(notes, ["n"], { set: { note: null, data: null } })]);
    await engine.write([upsert(notes, { ...next, notes: null }, { keep: ["note", "data"] })]);
    expect(await stored()).toEqual({ id: "n", note: null, notes: null, at: 9, data: null });
  });
});
