import { type EngineValue, encodeTuple, type Get, type Key } from "@stowage/core/engine";
import type { SqlRow, SqlValue, Statement } from "../connection.ts";
import type { Dialect } from "../dialect.ts";
import { TableMapping } from "../mapping.ts";
import type { RowReader, StoredRecord } from "../row-reader.ts";
import { type Reading, settled } from "./reading.ts";

/** Most keys of one list of parameters. */
const longestList = 512;

/** Records by key: one lookup for one key, one statement with a list for many. */
export function readByKeys(mapping: TableMapping, op: Get, maxKeys: number): Reading {
  const reader = mapping.reader(op.columns);
  const found = new Array<StoredRecord | undefined>(op.keys.length).fill(undefined);
  const places: number[] = [];
  op.keys.forEach((key, index) => {
    if (key.every(TableMapping.canMatch)) places.push(index);
  });
  const keys = places.map((place) => storedKey(mapping, op.keys[place] as Key));
  if (mapping.dialect.lookup) return lookUp(mapping, reader, keys, places, found, maxKeys);
  if (keys.length > 1 && !mapping.dialect.jsonItems) return inTuples(mapping, reader, keys, places, found);
  if (keys.length > 1 && mapping.table.key.length === 1 && keys.length <= longestInOne(mapping)) {
    return inList(mapping, reader, op.keys, keys, places, found);
  }
  if (keys.length > 1 && keys.every((key) => travels(mapping, key))) {
    return inJson(mapping, reader, keys, places, found, maxKeys);
  }
  const sql = mapping.statement(
    `get/${reader.selected}`,
    () => `SELECT ${reader.selected} FROM ${mapping.quoted} WHERE ${keyCondition(mapping)}`,
  );
  return settled(
    keys.map((args) => ({ sql, args, atMostOneRow: true })),
    (answers) => {
      answers.forEach(([row], index) => {
        if (row) found[places[index] as number] = reader.read(row);
      });
      return { rows: found };
    },
  );
}

/** A database of few parameters takes a long list of keys as JSON; any other takes it in several statements. */
const longestInOne = ({ dialect: { maxParameters } }: TableMapping): number =>
  maxParameters < longestList ? maxParameters : Number.POSITIVE_INFINITY;

/** Keys in the dialect's own statement, by the place that it gives with each row. */
function lookUp(
  mapping: TableMapping,
  reader: RowReader,
  keys: readonly SqlValue[][],
  places: readonly number[],
  found: (StoredRecord | undefined)[],
  maxKeys: number,
): Reading {
  const { dialect, table } = mapping;
  const shape = {
    table: mapping.quoted,
    columns: reader.list.map((text) => mapping.quotedColumn(text)),
    key: table.key.map((name) => mapping.column(name)),
  };
  const parts: SqlValue[][][] = [];
  // What does not travel as JSON is looked up one by one.
  const size = keys.every((key) => travels(mapping, key)) ? maxKeys : 1;
  for (let from = 0; from < keys.length; from += size) parts.push(keys.slice(from, from + size));
  const width = reader.list.length;
  return settled(
    parts.map((part) => dialect.lookup?.({ ...shape, keys: part }) as Statement),
    (answers) => {
      answers.forEach((rows: readonly SqlRow[], part) => {
        for (const row of rows) found[places[part * size + (row[width] as number)] as number] = reader.read(row);
      });
      return { rows: found };
    },
  );
}

const storedKey = (mapping: TableMapping, key: Key): SqlValue[] =>
  mapping.table.key.map((name, part) => mapping.compared(mapping.column(name), key[part] ?? null));

const travels = (mapping: TableMapping, key: readonly SqlValue[]): boolean =>
  mapping.table.key.every((name, part) => mapping.column(name).storage.throughJson && typeof key[part] !== "bigint");

/** The condition that names one record by its key. */
export const keyCondition = (mapping: TableMapping): string =>
  mapping.table.key.map((name) => `${mapping.column(name).quoted} = ?`).join(" AND ");

/** Keys of one column as a list of parameters, filled up with the last key so that few lengths recur. */
function inList(
  mapping: TableMapping,
  reader: RowReader,
  wanted: readonly Key[],
  keys: readonly SqlValue[][],
  places: readonly number[],
  found: (StoredRecord | undefined)[],
): Reading {
  const { quoted, storage } = mapping.column(mapping.table.key[0] as string);
  const placesOf = new Map<EngineValue, number[]>();
  const distinct: SqlValue[] = [];
  keys.forEach(([stored], index) => {
    const place = places[index] as number;
    const value = wanted[place]?.[0] as EngineValue;
    const known = placesOf.get(value);
    if (known) known.push(place);
    else {
      placesOf.set(value, [place]);
      distinct.push(stored as SqlValue);
    }
  });
  const limit = Math.min(longestList, mapping.dialect.maxParameters);
  const statements: Statement[] = [];
  for (let from = 0; from < distinct.length; from += limit) {
    const args = distinct.slice(from, from + limit);
    const length = Math.min(limit, roundUp(args.length));
    while (args.length < length) args.push(args[args.length - 1] as SqlValue);
    const sql = mapping.statement(`list/${length}/${reader.selected}`, () => {
      const list = args.map(() => "?").join(", ");
      const key = `${quoted} AS ${mapping.dialect.quote("_key")}`;
      return `SELECT ${reader.selected}, ${key} FROM ${mapping.quoted} WHERE ${quoted} IN (${list})`;
    });
    statements.push({ sql, args });
  }
  const width = reader.list.length;
  return settled(statements, (answers) => {
    for (const rows of answers) {
      for (const row of rows) {
        const value = storage.decode ? storage.decode(row[width] as SqlValue) : (row[width] as EngineValue);
        for (const place of placesOf.get(value) ?? []) found[place] = reader.read(row);
      }
    }
    return { rows: found };
  });
}

/** Keys as a list of tuples, told apart by what is stored of them. */
function inTuples(
  mapping: TableMapping,
  reader: RowReader,
  keys: readonly SqlValue[][],
  places: readonly number[],
  found: (StoredRecord | undefined)[],
): Reading {
  const columns = mapping.table.key.map((name) => mapping.column(name));
  const placesOf = new Map<string, number[]>();
  const distinct: SqlValue[][] = [];
  keys.forEach((stored, index) => {
    const place = places[index] as number;
    const known = placesOf.get(encodeTuple(stored));
    if (known) known.push(place);
    else {
      placesOf.set(encodeTuple(stored), [place]);
      distinct.push(stored);
    }
  });
  const statements: Statement[] = [];
  for (let from = 0; from < distinct.length; from += longestList) {
    const part = distinct.slice(from, from + longestList);
    const sql = mapping.statement(`tuples/${part.length}/${reader.selected}`, () => {
      const names = columns.map(({ quoted }) => quoted).join(", ");
      const tuple = `(${columns.map(() => "?").join(", ")})`;
      const table = `${mapping.quoted}${mapping.dialect.usePrimaryKey ?? ""}`;
      return `SELECT ${reader.selected}, ${names} FROM ${table} WHERE (${names}) IN (${part.map(() => tuple).join(", ")})`;
    });
    statements.push({ sql, args: part.flat() });
  }
  const width = reader.list.length;
  return settled(statements, (answers) => {
    for (const row of answers.flat()) {
      for (const place of placesOf.get(encodeTuple(row.slice(width))) ?? []) found[place] = reader.read(row);
    }
    return { rows: found };
  });
}

function roundUp(length: number): number {
  const step = length <= 16 ? 1 : length <= 128 ? 16 : 64;
  return Math.ceil(length / step) * step;
}

/**
 * Keys of several columns as one JSON parameter. The list comes first and drives the lookups; `CROSS JOIN` keeps a planner
 * from turning that round.
 */
function inJson(
  mapping: TableMapping,
  reader: RowReader,
  keys: readonly SqlValue[][],
  places: readonly number[],
  found: (StoredRecord | undefined)[],
  maxKeys: number,
): Reading {
  const jsonItems = mapping.dialect.jsonItems as NonNullable<Dialect["jsonItems"]>;
  const sql = mapping.statement(`json/${reader.selected}`, () => {
    const on = mapping.table.key.map(
      (name, part) => `t.${mapping.column(name).quoted} = ${jsonItems.item(part, mapping.column(name).storage)}`,
    );
    const columns = reader.list.map((column) => `t.${column}`).join(", ");
    const from = `${jsonItems.from} CROSS JOIN ${mapping.quoted} AS t`;
    const position = `${jsonItems.position} AS ${mapping.dialect.quote("_position")}`;
    return `SELECT ${columns}, ${position} FROM ${from} WHERE ${on.join(" AND ")}`;
  });
  const statements: Statement[] = [];
  for (let from = 0; from < keys.length; from += maxKeys) {
    statements.push({ sql, args: [JSON.stringify(keys.slice(from, from + maxKeys))] });
  }
  const width = reader.list.length;
  return settled(statements, (answers) => {
    answers.forEach((rows: readonly SqlRow[], part) => {
      for (const row of rows) found[places[part * maxKeys + (row[width] as number)] as number] = reader.read(row);
    });
    return { rows: found };
  });
}
