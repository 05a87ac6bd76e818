import type { Column, EngineValue } from "./column.ts";

export type Columns = Readonly<Record<string, Column>>;

/** What an engine stores for a column of this declaration. */
interface RawTypes {
  text: string;
  json: string;
  timestamp: number;
  integer: number;
  bigint: bigint;
  float: number;
  boolean: boolean;
}
type RawValue<C extends Column> = RawTypes[C["type"]] | (C["isNullable"] extends false ? never : null);

type Flat<T> = { [K in keyof T]: T[K] } & {};

/** A row as an engine takes and gives it: every column present, values as {@link EngineValue} describes. */
export type Row<T extends Table = Table> = Flat<{ -readonly [K in ColumnName<T>]: RawValue<T["columns"][K]> }>;

/** A row as an engine returns it: with the hidden revision, which grows at every write. */
export type StoredRow<T extends Table = Table, K extends ColumnName<T> = ColumnName<T>> = Pick<Row<T>, K> & {
  readonly _rev: number;
};

/** A row after decoding: dates are `Date`, JSON is parsed (absent JSON is `undefined`, other absent values are `null`). */
export type Decoded<T extends Table> = Flat<{
  -readonly [K in ColumnName<T>]:
    | ValueOf<T["columns"][K]>
    | (T["columns"][K]["isNullable"] extends false ? never : T["columns"][K]["type"] extends "json" ? undefined : null);
}>;

type ValueOf<C extends Column> = C extends Column<infer Value> ? Value : never;

export type ColumnName<T extends Table = Table> = keyof T["columns"] & string;
export type PathName<T extends Table = Table> = keyof T["paths"] & string;

/** One way in which a table is walked. */
export interface AccessPath {
  readonly name: string;
  /** Columns a walk must give a value (or a list of values) for. */
  readonly eq: readonly string[];
  /** Columns that order the walk; a range bounds a prefix of them. */
  readonly sort: readonly string[];
  /** The whole order: `sort`, then the key columns that are not in it. Total and unique, also over lists of `eq` values. */
  readonly order: readonly string[];
  /** True when a column of the path may be null: rows with a null there are not in the path. */
  readonly sparse: boolean;
  /** True when the engine builds the path at its first use by `removeRange` or a walk, not at `converge`. */
  readonly onDemand: boolean;
}

/** Columns whose values together occur once in the table. Rows with a null among them are exempt. */
export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
}

/** A logical table: declared once by the domain that owns it, mapped by each engine to what its database has. */
export interface Table<C extends Columns = Columns, P extends string = string> {
  /** Logical name; an engine may add a prefix or schema. */
  readonly name: string;
  readonly columns: C;
  readonly columnNames: readonly (keyof C & string)[];
  /** Columns of the primary key, in order. */
  readonly key: readonly (keyof C & string)[];
  readonly unique: readonly UniqueKey[];
  readonly paths: Readonly<Record<P, AccessPath>>;
  /** Number of the stored format; a higher one comes with an upgrade. */
  readonly format: number;
  /**
   * Completes a row that another library wrote, while `converge` takes its table over. Gets the converted columns, null where
   * there was none or nothing, and the row's place in the order of insertion, from 1; gives what follows from these for the
   * columns that library did not have. What is left null in a column that takes no null becomes empty, zero or false.
   */
  adopt?(row: Readonly<Record<string, EngineValue>>, place: number): Readonly<Record<string, EngineValue>>;
}

interface PathDeclaration<Name extends string> {
  eq?: readonly Name[];
  sort?: readonly Name[];
  onDemand?: boolean;
}

/**
 * Declares a table.
 *
 * @throws TypeError when a key, path or unique key names a column that the table has not or that holds JSON, or a key column
 * is nullable.
 */
export function defineTable<const C extends Columns, const P extends Record<string, PathDeclaration<keyof C & string>>>(
  name: string,
  columns: C,
  declaration: {
    key: readonly (keyof C & string)[];
    unique?: Record<string, readonly (keyof C & string)[]>;
    paths?: P;
    format?: number;
    adopt?: Table["adopt"];
  },
): Table<C, keyof P & string> {
  const { key, unique = {}, paths = {} as P, format = 1, adopt } = declaration;
  const known = (list: readonly string[], where: string) => {
    for (const column of list) {
      if (!Object.hasOwn(columns, column))
        throw new TypeError(`table ${name}: ${where} names unknown column ${column}`);
    }
  };
  const comparable = (list: readonly string[], where: string) => {
    known(list, where);
    for (const column of list) {
      if (columns[column]?.type === "json")
        throw new TypeError(`table ${name}: JSON column ${column} cannot be in a ${where}`);
    }
  };
  comparable(key, "key");
  if (key.length === 0) throw new TypeError(`table ${name} has no key`);
  for (const column of key)
    if (columns[column]?.isNullable) throw new TypeError(`table ${name}: key ${column} is nullable`);

  const accessPaths: Record<string, AccessPath> = {};
  for (const [pathName, { eq = [], sort = [], onDemand = false }] of Object.entries(paths)) {
    comparable([...eq, ...sort], `path ${pathName}`);
    const order = [...sort, ...key.filter((column) => !sort.includes(column))];
    const sparse = [...eq, ...sort].some((column) => columns[column]?.isNullable);
    accessPaths[pathName] = Object.freeze({ name: pathName, eq: [...eq], sort: [...sort], order, sparse, onDemand });
  }
  const uniqueKeys = Object.entries(unique).map(([uniqueName, list]) => {
    comparable(list, `unique key ${uniqueName}`);
    return Object.freeze({ name: uniqueName, columns: [...list] });
  });
  return Object.freeze({
    name,
    columns,
    columnNames: Object.freeze(Object.keys(columns)) as readonly (keyof C & string)[],
    key: Object.freeze([...key]),
    unique: Object.freeze(uniqueKeys),
    paths: Object.freeze(accessPaths) as Readonly<Record<keyof P & string, AccessPath>>,
    format,
    ...(adopt && { adopt }),
  });
}

/** The key of a row, in the order of the table's key columns. */
export function keyOf(table: Table, row: Readonly<Record<string, EngineValue | undefined>>): EngineValue[] {
  return table.key.map((column) => row[column] as EngineValue);
}

/** The path of that name. @throws TypeError when the table has none. */
export function pathOf(table: Table, name: string): AccessPath {
  const path = Object.hasOwn(table.paths, name) ? table.paths[name] : undefined;
  if (!path) throw new TypeError(`table ${table.name} has no access path ${name}; declare one`);
  return path;
}
