import { type AccessPath, type Column, defineTable, integer, json, type Table, text } from "@stowage/core/engine";
import { indexName, Layout, type Stamp, togetherOf, uniqueName } from "./layout.ts";

/** What is known of each table, kept like any other record; `version` is that of the stamp, for ports that test it. */
export const schemaTable = defineTable(
  "stowage_schema",
  { name: text(), version: integer(), stamp: json<Stamp>() },
  { key: ["name"] },
);

export const schemaLayout = (maxPartBytes: number | undefined): Layout =>
  new Layout(schemaTable, { version: 0, format: 1, columns: [], indexes: [], unique: [] }, maxPartBytes);

/** What a table needs that its stamp has not. */
export interface Growth {
  readonly table: Table;
  /** The stamp with all of it, indexes and unique keys not yet built; the one that is known when it has them all. */
  readonly stamp: Stamp;
  /** One line for each addition. */
  readonly statements: readonly string[];
  /** Columns that the declaration does not know. */
  readonly unknown: readonly string[];
  /** Whether rows may be there that lack entries. */
  readonly needsBuilding: boolean;
}

/**
 * Compares a declaration with what the database knows; of the paths on demand, those that `wants` asks for count. With
 * `gathers` the records of a new table lie together where a path goes on in key order.
 */
export function growthOf(
  table: Table,
  known: Stamp | undefined,
  wants: (path: AccessPath) => boolean,
  gathers = false,
): Growth {
  const { name, format, columnNames, columns } = table;
  const wanted = Object.values(table.paths).filter((path) => !path.onDemand || wants(path));
  const { version = 0, columns: had = [], indexes = [], unique = [] } = known ?? {};
  const newColumns = columnNames.filter((column) => !had.some(([other]) => other === column));
  const missing = byName(wanted, indexName).filter(
    (path) => !indexes.some((i) => i.built && indexName(i) === indexName(path)),
  );
  const newUnique = table.unique.filter(
    (u) => !unique.some((k) => k.built && uniqueName(k.columns) === uniqueName(u.columns)),
  );
  const statements = [
    ...(known ? newColumns.map((column) => `${name}: add column ${column}`) : [`${name}: create`]),
    ...missing.map((path) => `${name}: add index ${indexName(path)}`),
    ...newUnique.map((key) => `${name}: add unique key ${uniqueName(key.columns)}`),
    ...(known && known.format < format ? [`${name}: format ${format}`] : []),
  ];
  const isNew = !known;
  const together = known ? (known.together ?? 0) : gathers ? togetherOf(table) : 0;
  const unannounced = [
    ...missing.filter((path) => !indexes.some((index) => indexName(index) === indexName(path))),
    ...newUnique.filter((u) => !unique.some((key) => uniqueName(key.columns) === uniqueName(u.columns))),
  ];
  const isAnnounced = known && unannounced.length + newColumns.length === 0 && known.format >= format;
  return {
    table,
    statements,
    unknown: had.flatMap(([column]) => (Object.hasOwn(columns, column) ? [] : [`${name}.${column}`])),
    needsBuilding: !isNew && missing.length + newUnique.length > 0,
    stamp: isAnnounced
      ? known
      : {
          version: version + 1,
          format: Math.max(known?.format ?? 0, format),
          columns: [...had, ...newColumns.map((column) => columnOf(column, columns[column] as Column))],
          indexes: [
            ...indexes.filter((index) => !missing.some((path) => indexName(path) === indexName(index))),
            ...missing.map(({ eq, sort }) => ({ eq, sort, built: isNew })),
          ],
          unique: [
            ...unique.filter((key) => !newUnique.some((u) => uniqueName(u.columns) === uniqueName(key.columns))),
            ...newUnique.map((u) => ({ columns: u.columns, built: isNew })),
          ],
          ...(together > 0 && { together }),
        },
  };
}

const columnOf = (name: string, { type, isNullable }: Column) => [name, type, isNullable] as const;

/** The stamp once everything in it is built. */
export const builtStamp = (stamp: Stamp): Stamp => ({
  ...stamp,
  version: stamp.version + 1,
  indexes: stamp.indexes.map((index) => ({ ...index, built: true })),
  unique: stamp.unique.map((unique) => ({ ...unique, built: true })),
});

const byName = (paths: readonly AccessPath[], nameOf: (path: AccessPath) => string): AccessPath[] => [
  ...new Map(paths.map((path) => [nameOf(path), path])).values(),
];
