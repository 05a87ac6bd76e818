import { integer, json, text, timestamp } from "../../engine/column.ts";
import { get } from "../../engine/operations.ts";
import { defineTable, type Row, type Table } from "../../engine/table.ts";
import type { Packed } from "../pack.ts";

/** Pieces of values that are larger than the engine takes. Kept by every engine that has the overflow layer. */
export const chunks = defineTable(
  "stowage_chunks",
  {
    /** Names one stored state of one value; a value that is written again gets another one. */
    generation: text(),
    n: integer(),
    table: text(),
    column: text(),
    /** Key of the record that the value belongs to, in the form of `packKey`. */
    owner: json(),
    createdAt: timestamp(),
    data: text(),
  },
  { key: ["generation", "n"], paths: { byTable: { eq: ["table"], sort: ["createdAt"] } } },
);

/**
 * Says that a table has chunks, or had them: a record beside them, on no table's walk, that is there before the first chunk is
 * referred to. Those of several tables are one `get`, where walks are a request each on many a database.
 */
export const tableMark = (table: string): Row<typeof chunks> => ({
  generation: table,
  n: -1,
  table: "",
  column: "",
  owner: "[]",
  createdAt: 0,
  data: "",
});

export const getMarks = (tables: readonly string[]) =>
  get(
    chunks,
    tables.map((table) => [table, -1] as const),
    ["n"],
  );

/** What stands in the column instead of a value that is stored in chunks. */
export interface Manifest extends Omit<Packed, "data"> {
  readonly generation: string;
  /** How many chunks there are. */
  readonly count: number;
}

/** No value that a caller stores begins so: the layer stores such a value in chunks, however short. */
const mark = '{"$stowage":{"overflow":true,';

export const isManifest = (value: unknown): value is string => typeof value === "string" && value.startsWith(mark);

export const writeManifest = ({ generation, count, bytes, hash, encoding }: Manifest): string =>
  JSON.stringify({ $stowage: { overflow: true, generation, count, bytes, hash, encoding } });

export const readManifest = (value: string): Manifest => (JSON.parse(value) as { $stowage: Manifest }).$stowage;

/** A filter that lets manifests in a column through, and hardly anything else. */
export const manifestIn = (table: Table, column: string) =>
  table.columns[column]?.type === "json"
    ? ({ op: "jsonEq", column, path: ["$stowage", "overflow"], value: "true" } as const)
    : ({
        op: "and",
        args: [
          { op: "gte", column, value: mark },
          { op: "lt", column, value: `${mark.slice(0, -1)}-` },
        ],
      } as const);

const known = new WeakMap<Table, readonly string[]>();

/** The columns whose values may be stored in chunks: text and JSON outside of keys, paths and unique keys. */
export function wideColumns(table: Table): readonly string[] {
  let columns = known.get(table);
  if (!columns) {
    const paths = Object.values(table.paths).flatMap(({ eq, sort }) => [...eq, ...sort]);
    const narrow = new Set<string>([...table.key, ...paths, ...table.unique.flatMap((unique) => unique.columns)]);
    const isWide = (name: string) => ["text", "json"].includes(table.columns[name]?.type ?? "") && !narrow.has(name);
    columns = table === chunks ? [] : table.columnNames.filter(isWide);
    known.set(table, columns);
  }
  return columns;
}
