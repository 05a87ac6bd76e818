import type { Column, EngineValue, Filter, Find, Row, Table } from "@stowage/core/engine";
import fc from "fast-check";
import {
  awkwardBigints,
  awkwardFloats,
  awkwardIntegers,
  awkwardJson,
  awkwardKeys,
  awkwardTexts,
  awkwardTimestamps,
} from "./awkward.ts";

const short = (texts: readonly string[]) => texts.filter((text) => text.length < 200);

/** A string that may stand in a key, unique key or path: well-formed, without U+0000. */
export const keyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !text.includes("\0")) },
    { weight: 1, arbitrary: fc.constantFrom(...short(awkwardKeys)) },
  );

/** Any JavaScript string, lone surrogates and U+0000 included. */
export const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 }).map((units) => String.fromCharCode(...units)),
    fc.constantFrom(...short(awkwardTexts)),
  );

/** Any JSON value, with awkward member names and strings. */
export const jsonValue = (): fc.Arbitrary<unknown> =>
  fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      fc.constantFrom(null, true, false, 0, ""),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      anyText(),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.array(fc.tuple(anyText(), tie("value")), { maxLength: 4 }).map((members) => {
        const object: Record<string, unknown> = Object.create(null);
        for (const [name, value] of members) object[name] = value;
        return object;
      }),
    ),
  })).value;

/** The text of any JSON value, as core makes it. */
export const jsonText = (): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 3, arbitrary: jsonValue().map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom(...short(awkwardJson)) },
  );

/** A value of a column of that type, not null. */
export function columnValue({ type, isBase64 }: Column): fc.Arbitrary<EngineValue> {
  if (isBase64) return fc.base64String();
  switch (type) {
    case "text":
      return anyText();
    case "json":
      return jsonText();
    case "timestamp":
      return fc.oneof(
        fc.constantFrom(...awkwardTimestamps),
        fc.date({ min: new Date(-1e12), max: new Date(4e12), noInvalidDate: true }).map((date) => date.getTime()),
      );
    case "integer":
      return fc.oneof(fc.integer({ min: -9, max: 9 }), fc.maxSafeInteger(), fc.constantFrom(...awkwardIntegers));
    case "bigint":
      return fc.oneof(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.constantFrom(...awkwardBigints));
    case "float":
      return fc
        .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(...awkwardFloats))
        .map((number) => number + 0);
    case "boolean":
      return fc.boolean();
  }
}

/** Columns that take part in the key, a unique key or a path: their text must be fit for keys. */
export function orderColumns(table: Table): Set<string> {
  const paths = Object.values(table.paths).flatMap(({ eq, sort }) => [...eq, ...sort]);
  return new Set([...table.key, ...paths, ...table.unique.flatMap(({ columns }) => columns)]);
}

/** A row of a table; `given` columns come from there, the others from their types. */
export function rowOf<T extends Table>(
  table: T,
  given: { readonly [column: string]: fc.Arbitrary<EngineValue> } = {},
): fc.Arbitrary<Row<T>> {
  const inOrder = orderColumns(table);
  const model = Object.fromEntries(
    table.columnNames.map((name) => {
      const column = table.columns[name] as Column;
      const value = given[name] ?? (column.type === "text" && inOrder.has(name) ? keyText() : columnValue(column));
      return [name, given[name] === undefined && column.isNullable ? fc.option(value, { freq: 3 }) : value];
    }),
  );
  return fc.record(model) as unknown as fc.Arbitrary<Row<T>>;
}

/**
 * A filter over any column of a table. Values come from `row`, an arbitrary row, so that they match now and then.
 */
export function filterOf<T extends Table>(table: T, row: fc.Arbitrary<Row<T>> = rowOf(table)): fc.Arbitrary<Filter> {
  const names = [...table.columnNames];
  const columnsOf = (...types: string[]) =>
    names.filter((name) => types.includes((table.columns[name] as Column).type));
  const pick = (columns: readonly string[]) =>
    fc.tuple(fc.constantFrom(...columns), row).map(([column, values]) => ({
      column,
      value: (values as Record<string, EngineValue>)[column] as EngineValue,
    }));
  const json = columnsOf("json");
  const searchable = columnsOf("json", "text");
  const leaves: fc.Arbitrary<Filter>[] = [
    fc
      .tuple(fc.constantFrom("eq", "ne", "lt", "lte", "gt", "gte"), pick(names.filter((name) => !json.includes(name))))
      .map(([op, { column, value }]) => ({ op, column, value })),
    fc
      .tuple(pick(names.filter((name) => !json.includes(name))), fc.array(row, { maxLength: 3 }))
      .map(([{ column, value }, rows]) => ({
        op: "in",
        column,
        values: [value, ...rows.map((values) => (values as Record<string, EngineValue>)[column] as EngineValue)],
      })),
    fc.tuple(fc.constantFrom("isNull", "notNull"), fc.constantFrom(...names)).map(([op, column]) => ({ op, column })),
  ];
  if (json.length > 0) {
    const member = fc.oneof(fc.constantFrom("a", "b", "", "__proto__", "$set", "a.b", "0"), anyText());
    const path = fc.array(member, { maxLength: 3 });
    leaves.push(
      fc
        .tuple(fc.constantFrom(...json), path, jsonText())
        .map(([column, path, value]) => ({ op: "jsonEq", column, path, value })),
      fc.tuple(fc.constantFrom(...json), path).map(([column, path]) => ({ op: "jsonAbsent", column, path })),
      fc.tuple(fc.constantFrom(...json), jsonText()).map(([column, value]) => ({ op: "contains", column, value })),
    );
  }
  if (searchable.length > 0) {
    leaves.push(
      fc.tuple(fc.constantFrom(...searchable), anyText()).map(([column, value]) => ({
        op: "search",
        column,
        value: value.slice(0, 2),
      })),
    );
  }
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.oneof(...leaves),
      tie("filter").map((arg): Filter => ({ op: "not", arg })),
      fc
        .tuple(fc.constantFrom("and", "or"), fc.array(tie("filter"), { maxLength: 3 }))
        .map(([op, args]): Filter => ({ op, args })),
    ),
  })).filter;
}

/** A walk along any path of a table: equality values, lists, ranges and filter from arbitrary rows. No paging. */
export function walkOf<T extends Table>(
  table: T,
  row: fc.Arbitrary<Row<T>> = rowOf(table),
): fc.Arbitrary<Omit<Find<T>, "op">> {
  const filter = filterOf(table, row);
  const valuesOf = (values: Row<T>, columns: readonly string[]) =>
    columns.map((column) => (values as Record<string, EngineValue>)[column] as EngineValue);
  return fc.constantFrom(...Object.values<Table["paths"][string]>(table.paths)).chain((path) => {
    const present = row.filter((values) => !valuesOf(values, [...path.eq, ...path.sort]).includes(null));
    const bound = fc
      .tuple(present, fc.boolean(), fc.integer({ min: 1, max: path.order.length }))
      .map(([values, inclusive, length]) => ({ at: valuesOf(values, path.order.slice(0, length)), inclusive }));
    const eq = fc.tuple(fc.array(present, { minLength: 1, maxLength: 3 }), fc.boolean()).map(([rows, asList]) =>
      Object.fromEntries(
        path.eq.map((column) => {
          const list = rows.flatMap((values) => valuesOf(values, [column]));
          return [column, asList && rows.length > 1 ? list : (list[0] as EngineValue)];
        }),
      ),
    );
    return fc.record(
      {
        table: fc.constant(table),
        path: fc.constant(path.name),
        eq,
        range: fc.record({ lower: bound, upper: bound }, { requiredKeys: [] }),
        filter,
        direction: fc.constantFrom("asc", "desc"),
      },
      { requiredKeys: ["table", "path", "eq"] },
    ) as unknown as fc.Arbitrary<Omit<Find<T>, "op">>;
  });
}
