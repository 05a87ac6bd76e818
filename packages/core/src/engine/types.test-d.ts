import { expectTypeOf, test } from "vitest";
import {
  type Decoded,
  defineTable,
  type Engine,
  type EngineValue,
  find,
  get,
  insert,
  integer,
  json,
  patch,
  type ReadOp,
  type Row,
  text,
  timestamp,
  type WriteOp,
} from "./index.ts";

const notes = defineTable(
  "notes",
  {
    id: text(),
    owner: text(),
    title: text().nullable(),
    body: json<{ lines: string[] }>().nullable(),
    at: timestamp(),
    n: integer(),
  },
  { key: ["id"], paths: { byOwner: { eq: ["owner"], sort: ["at"] } } },
);

test("rows, decoded rows and results are typed from the declaration", async () => {
  expectTypeOf<Row<typeof notes>>().toEqualTypeOf<{
    id: string;
    owner: string;
    title: string | null;
    body: string | null;
    at: number;
    n: number;
  }>();
  expectTypeOf<Decoded<typeof notes>>().toEqualTypeOf<{
    id: string;
    owner: string;
    title: string | null;
    body: { lines: string[] } | undefined;
    at: Date;
    n: number;
  }>();

  const engine = null as unknown as Engine;
  const read = () =>
    engine.read([get(notes, [["a"]]), find(notes, { path: "byOwner", eq: { owner: "x" }, columns: ["id", "n"] })]);
  type Results = Awaited<ReturnType<typeof read>>;
  expectTypeOf<Results[0]["rows"][0]>().toEqualTypeOf<(Row<typeof notes> & { readonly _rev: number }) | undefined>();
  expectTypeOf<Results[1]["rows"][0]["n"]>().toEqualTypeOf<number>();
  // @ts-expect-error a path that the table has not
  find(notes, { path: "byNothing" });
});

test("operations on any table fit the contract", () => {
  const row: Row<typeof notes> = { id: "a", owner: "x", title: null, body: null, at: 0, n: 1 };
  expectTypeOf<Row>().toEqualTypeOf<{ [column: string]: EngineValue }>();
  expectTypeOf(insert(notes, row)).toExtend<WriteOp>();
  expectTypeOf(patch(notes, ["a"], { set: { n: 2 } })).toExtend<WriteOp>();
  expectTypeOf(find(notes, { path: "byOwner" })).toExtend<ReadOp>();
});
