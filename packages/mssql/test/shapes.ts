import {
  aggregate,
  bigint,
  boolean,
  type Clock,
  check,
  count,
  defineTable,
  find,
  float,
  get,
  insert,
  insertOrSkip,
  integer,
  json,
  patch,
  remove,
  text,
  timestamp,
  upsert,
} from "@stowage/core/engine";
import * as adapter from "@stowage/mssql";
import { adoptedRows, adoptingPool, parts } from "./adopting-pool.ts";
import { recordingPool } from "./recording-pool.ts";

/** A table with everything that makes a difference in statements. */
export const items = defineTable(
  "items",
  {
    owner: text(),
    id: text(),
    rank: integer(),
    at: timestamp(),
    weight: float(),
    size: bigint().nullable(),
    flag: boolean(),
    title: text().nullable(),
    data: json().nullable(),
    email: text().nullable(),
  },
  {
    key: ["owner", "id"],
    unique: { byEmail: ["owner", "email"] },
    paths: {
      byRank: { eq: ["owner"], sort: ["rank"] },
      byTime: { eq: ["owner", "flag"], sort: ["at", "rank"] },
      bySize: { eq: ["owner"], sort: ["size"], onDemand: true },
    },
  },
);
/** A table without unique keys, on which changes of a kind go together. */
export const notes = defineTable("notes", { id: text(), at: timestamp(), text: text() }, { key: ["id"] });

const row = (id: string) => ({
  ...{ owner: "o", id, rank: 1, at: 0, weight: 0.5, size: 7n, flag: true, title: "t", data: "{}", email: `${id}@x` },
});
const note = (id: string) => ({ id, at: 0, text: id });

const clock = (): Pick<Clock, "sequence"> => {
  let last = 1000;
  return { sequence: (after = 0) => (last = Math.max(last, after) + 1) };
};

type Engine = ReturnType<typeof adapter.mssqlEngine>;
const at = (rank: number, id: string) => [rank, "o", id];
const eq = { owner: "o" };

/** What is asked of the engine to have it send every shape of statement. */
const calls: Record<string, (engine: Engine) => Promise<unknown>> = {
  "the record of a key": (engine) => engine.read([get(items, [["o", "a"]])]),
  "the records of keys": (engine) =>
    engine.read([
      get(
        items,
        [
          ["o", "a"],
          ["o", "b"],
        ],
        ["rank", "title", "at"],
      ),
    ]),
  "a walk": (engine) => engine.read([find(items, { path: "byRank", eq, limit: 10 })]),
  "a walk backwards with an offset": (engine) =>
    engine.read([find(items, { path: "byRank", eq, limit: 10, offset: 5, direction: "desc", columns: ["id"] })]),
  "a whole walk": (engine) => engine.read([find(items, { path: "byRank", eq })]),
  "a whole walk with an offset": (engine) => engine.read([find(items, { path: "byRank", eq, offset: 5 })]),
  "a walk between positions": (engine) =>
    engine.read([
      find(items, {
        ...{ path: "byRank", eq, limit: 10 },
        range: { lower: { at: at(1, "a"), inclusive: false }, upper: { at: [5], inclusive: true } },
      }),
    ]),
  "a walk over instants and booleans": (engine) =>
    engine.read([
      find(items, {
        ...{ path: "byTime", eq: { owner: "o", flag: true }, limit: 10 },
        range: { lower: { at: [0, 1], inclusive: true } },
      }),
    ]),
  "a walk over lists": (engine) =>
    engine.read([
      find(items, { path: "byTime", eq: { owner: ["o", "p"], flag: [true, false] }, limit: 10, offset: 2 }),
    ]),
  "a walk over lists from a position": (engine) =>
    engine.read([
      find(items, {
        ...{ path: "byRank", eq: { owner: ["o", "p"] }, limit: 10, direction: "desc" },
        range: { upper: { at: at(1, "a"), inclusive: false } },
      }),
    ]),
  "a walk with a filter": (engine) =>
    engine.read([
      find(items, {
        ...{ path: "byRank", eq, limit: 10 },
        filter: {
          op: "and",
          args: [
            { op: "eq", column: "title", value: "x" },
            { op: "not", arg: { op: "gt", column: "weight", value: 0.25 } },
            {
              op: "or",
              args: [
                { op: "isNull", column: "size" },
                { op: "in", column: "rank", values: [1, 2, 3] },
              ],
            },
            { op: "gte", column: "at", value: 0 },
            { op: "ne", column: "flag", value: false },
          ],
        },
      }),
    ]),
  "a walk with a filter on JSON": (engine) =>
    engine.read([
      find(items, {
        ...{ path: "byRank", eq, limit: 10 },
        filter: {
          op: "and",
          args: [
            { op: "jsonEq", column: "data", path: ["a", "b"], value: '"x"' },
            { op: "contains", column: "data", value: '"y"' },
          ],
        },
      }),
    ]),
  "a walk with a long list": (engine) =>
    engine.read([
      find(items, {
        ...{ path: "byRank", eq, limit: 10 },
        filter: { op: "in", column: "title", values: Array.from({ length: 300 }, (_, n) => `t${n}`) },
      }),
    ]),
  "a sparse path": (engine) => engine.read([find(items, { path: "bySize", eq, limit: 10 })]),
  "a page and a count along a sparse path": (engine) =>
    engine.read([find(items, { path: "bySize", eq, limit: 10 }), count(items, { path: "bySize", eq })]),
  "several reads": (engine) => engine.read([get(items, [["o", "a"]]), find(items, { path: "byRank", eq, limit: 1 })]),
  "a count": (engine) => engine.read([count(items, { path: "byRank", eq })]),
  "a bounded count": (engine) => engine.read([count(items, { path: "byRank", eq, limit: 5 })]),
  "a count over lists": (engine) => engine.read([count(items, { path: "byRank", eq: { owner: ["o", "p"] } })]),
  "an aggregate": (engine) =>
    engine.read([
      aggregate(items, {
        ...{ path: "byRank", eq },
        groupBy: [{ column: "title" }, { column: "at", bucket: 1000 }, { column: "flag" }],
        measures: {
          rows: { fn: "count" },
          titles: { fn: "countDistinct", column: "title" },
          least: { fn: "min", column: "rank" },
          latest: { fn: "max", column: "at" },
          sum: { fn: "sum", column: "rank" },
          mean: { fn: "avg", column: "rank" },
        },
      }),
    ]),
  "an aggregate over lists": (engine) =>
    engine.read([aggregate(items, { path: "byRank", eq: { owner: ["o", "p"] }, measures: { rows: { fn: "count" } } })]),
  "an insert": (engine) => engine.write([insert(items, row("a"))]),
  "an upsert": (engine) => engine.write([upsert(items, row("a"), { keep: ["at"] })]),
  "a batch of everything": (engine) =>
    engine.write([
      check(notes, ["parent"], "exists"),
      check(notes, ["other"], "absent"),
      upsert(notes, note("a")),
      upsert(notes, note("b")),
      insertOrSkip(notes, note("c")),
      insert(items, row("d")),
      upsert(items, row("e"), { expect: { rev: 5 } }),
      patch(items, ["o", "f"], { set: { title: "new", weight: 1.5 }, raise: { rank: 3, at: 5 }, expect: { rev: 7 } }),
      patch(items, ["o", "g"], { set: { email: null } }),
      remove(items, ["o", "h"], "exists"),
      remove(notes, ["i"]),
    ]),
  "rows in bulk": (engine) => engine.write([upsert(notes, note("a")), remove(notes, ["b"])], { atomic: false }),
  "the removal of a range": (engine) => engine.removeRange({ table: items, path: "byRank", eq, limit: 10 }),
  "the clearing of a table": (engine) => engine.removeRange({ table: notes, limit: 10 }),
  "the making of tables": (engine) => engine.converge([items, notes]),
};

/** Every shape of request that the engine sends, by what it is about. */
export async function requestShapes(): Promise<Record<string, string[]>> {
  const shapes: Record<string, string[]> = {};
  for (const [title, call] of Object.entries(calls)) {
    const pool = recordingPool();
    const engine = adapter.mssqlEngine(
      {
        pool,
        indexes: [
          {
            name: "mine",
            table: "notes",
            columns: ["text DESC"],
            include: ["at"],
            unique: true,
            where: "[at] IS NOT NULL",
          },
        ],
      },
      { clock: clock() },
    );
    // What comes back is made up, and so is what the engine makes of it.
    await call(engine).catch(() => undefined);
    shapes[title] = [...new Set(pool.texts)];
  }
  const { pool, asked } = adoptingPool(adoptedRows);
  await adapter.mssqlEngine({ pool }, { clock: clock() }).converge([parts], { adopt: true });
  shapes["the taking over of a table"] = [...new Set(asked.map((request) => request.text))];
  return shapes;
}
