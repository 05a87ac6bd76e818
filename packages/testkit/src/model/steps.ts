import type { Aggregate, EngineValue, Find, Key, ReadOp, RemoveRange, Row, Table, WriteOp } from "@stowage/core/engine";
import { encodeTuple, keyOf } from "@stowage/core/engine";
import fc from "fast-check";
import { anyText, jsonText, keyText, rowOf, walkOf } from "../arbitraries.ts";
import { cards, events } from "./tables.ts";

/** What an operation expects, before revisions are known: they differ from engine to engine. */
export type Hope = "none" | "absent" | "exists" | "current" | "stale";

/** A write that still lacks its expectation. */
export interface HopefulWrite {
  readonly write: WriteOp;
  readonly hope: Hope;
}

export type Step =
  | { readonly do: "write"; readonly writes: readonly HopefulWrite[] }
  | { readonly do: "bulk"; readonly writes: readonly WriteOp[] }
  | { readonly do: "read"; readonly reads: readonly ReadOp[] }
  | { readonly do: "walk"; readonly walk: Find }
  | { readonly do: "removeRange"; readonly range: RemoveRange };

const changeable = ["kind", "at", "rank", "code", "owner", "amount", "size", "flag", "note", "meta"] as const;

const aggregations: readonly Pick<Aggregate, "groupBy" | "measures">[] = [
  {
    measures: {
      n: { fn: "count" },
      kinds: { fn: "countDistinct", column: "kind" },
      sum: { fn: "sum", column: "amount" },
      avg: { fn: "avg", column: "amount" },
      p50: { fn: "quantile", column: "amount", p: 0.5 },
    },
  },
  {
    groupBy: [{ column: "kind" }, { column: "at", bucket: 1_000 }],
    measures: {
      min: { fn: "min", column: "rank" },
      max: { fn: "max", column: "at" },
      last: { fn: "last", column: "rank", by: "at" },
    },
  },
  { groupBy: [{ column: "meta", member: "a" }, { column: "flag" }], measures: { n: { fn: "count" } } },
  { groupBy: [{ column: "owner" }], measures: { notes: { fn: "countDistinct", column: "note" } } },
];

const scope = fc.constant<EngineValue>("");
const id = fc.constantFrom<EngineValue>("a", "b", "c", "d", "e", "A", "a ", "😀", "\ufffd");
const kind = fc.constantFrom<EngineValue>("x", "y", "");
const at = fc.constantFrom<EngineValue>(0, 1, 2, 1_000, -1);

/** Values from small ranges, so that keys meet, unique values collide and sort values tie. */
const card = rowOf(cards, {
  scope,
  id,
  kind,
  at,
  rank: fc.integer({ min: -2, max: 2 }),
  code: fc.option(fc.constantFrom("1", "2", "3"), { freq: 2 }),
  owner: fc.option(fc.oneof(fc.constantFrom("o", "p"), keyText()), { freq: 3 }),
  amount: fc.option(fc.integer({ min: -40, max: 40 }).map((eighths) => eighths / 8)),
  note: fc.option(fc.oneof(fc.constantFrom("a", "b"), anyText()), { freq: 3 }),
  meta: fc.option(fc.oneof(fc.constantFrom('{"a":1}', '{"a":{"b":null}}', '["a",1]', "null"), jsonText()), { freq: 4 }),
});
const event = rowOf(events, { scope, id, kind, at });
const cardKey: fc.Arbitrary<Key> = fc.tuple(scope, id);

const write: fc.Arbitrary<HopefulWrite> = fc.oneof(
  { weight: 3, arbitrary: put(card, "insert") },
  { weight: 4, arbitrary: put(card, "upsert") },
  { weight: 2, arbitrary: put(card, "skip") },
  {
    weight: 4,
    arbitrary: fc
      .tuple(cardKey, card, fc.array(fc.constantFrom(...changeable), { maxLength: 4 }), raise(), hope())
      .map(toPatch),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(cardKey, hope()).map(
      ([key, hope]): HopefulWrite => ({
        write: { op: "remove", table: cards, key },
        hope,
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(cardKey, fc.constantFrom<Hope[]>("absent", "exists", "current", "stale"))
      .map(([key, hope]): HopefulWrite => ({ write: { op: "check", table: cards, key, expect: "exists" }, hope })),
  },
);

const bulkWrite: fc.Arbitrary<WriteOp> = fc.oneof(
  event.map((row): WriteOp => ({ op: "put", table: events, row, mode: "upsert" })),
  fc.tuple(scope, id).map((key): WriteOp => ({ op: "remove", table: events, key })),
);

const walk = fc.oneof(
  { weight: 4, arbitrary: walkOf(cards, card) },
  { weight: 1, arbitrary: walkOf(events, event) },
) as fc.Arbitrary<Omit<Find, "op">>;

const find = fc
  .tuple(
    walk,
    fc.record({ limit: fc.integer({ min: 1, max: 6 }), offset: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: [] }),
  )
  .map(([walk, paging]): Find => ({ op: "find", ...walk, ...paging }));

const read: fc.Arbitrary<ReadOp> = fc.oneof(
  find,
  fc.array(cardKey, { maxLength: 5 }).map((keys): ReadOp => ({ op: "get", table: cards, keys })),
  fc
    .tuple(walk, fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }))
    .map(([{ direction: _, ...walk }, limit]): ReadOp => ({ op: "count", ...walk, ...(limit && { limit }) })),
  walkOf(cards, card).chain(({ direction: _, ...walk }) =>
    fc
      .constantFrom(...aggregations)
      .map((aggregation) => ({ op: "aggregate", ...walk, ...aggregation }) as unknown as ReadOp),
  ),
);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .array(write, { minLength: 1, maxLength: 5 })
      .map((writes): Step => ({ do: "write", writes: withOneChangeEach(writes) })),
  },
  {
    weight: 2,
    arbitrary: fc.array(bulkWrite, { minLength: 1, maxLength: 8 }).map(
      (writes): Step => ({
        do: "bulk",
        writes: withOneChangeEach(writes.map((write) => ({ write }))).map(({ write }) => write),
      }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.array(read, { minLength: 1, maxLength: 3 }).map((reads): Step => ({ do: "read", reads })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(walk, fc.integer({ min: 1, max: 3 }))
      .map(([walk, limit]): Step => ({ do: "walk", walk: { op: "find", ...walk, limit } })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(walk, fc.integer({ min: 1, max: 4 }))
      .map(([{ direction: _, ...range }, limit]): Step => ({ do: "removeRange", range: { ...range, limit } })),
  },
);

/** A life of a small database. */
export const steps = (): fc.Arbitrary<Step[]> => fc.array(step, { minLength: 1, maxLength: 25, size: "max" });

function hope(): fc.Arbitrary<Hope> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constant<Hope>("none") },
    { weight: 3, arbitrary: fc.constant<Hope>("current") },
    { weight: 2, arbitrary: fc.constantFrom<Hope[]>("absent", "exists", "stale") },
  );
}

function put(row: fc.Arbitrary<Row<typeof cards>>, mode: "insert" | "upsert" | "skip"): fc.Arbitrary<HopefulWrite> {
  const keep = fc.uniqueArray(fc.constantFrom(...changeable), { maxLength: 3 });
  return fc.tuple(row, keep, hope()).map(([row, keep, hope]) => ({
    write: {
      op: "put",
      table: cards as Table,
      row: row as Row,
      mode,
      ...(mode === "upsert" && keep.length > 0 && { keep }),
    },
    hope: mode === "upsert" ? hope : "none",
  }));
}

function raise(): fc.Arbitrary<Record<string, number>> {
  const number = fc.integer({ min: -3, max: 3 });
  return fc.record({ rank: number, at: number, amount: number }, { requiredKeys: [] });
}

function toPatch([key, row, columns, raise, hope]: [
  Key,
  Row<typeof cards>,
  (typeof changeable)[number][],
  Record<string, number>,
  Hope,
]): HopefulWrite {
  const set = Object.fromEntries(columns.filter((column) => !(column in raise)).map((column) => [column, row[column]]));
  return { write: { op: "patch", table: cards, key, set, raise }, hope };
}

/** Leaves out what would change a record a second time: a batch may not. */
function withOneChangeEach<W extends { readonly write: WriteOp }>(writes: readonly W[]): W[] {
  const changed = new Set<string>();
  return writes.filter(({ write }) => {
    if (write.op === "check") return true;
    const id = encodeTuple(write.op === "put" ? keyOf(write.table, write.row) : write.key);
    return !changed.has(id) && changed.add(id);
  });
}
