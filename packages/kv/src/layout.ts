import {
  type AccessPath,
  type Column,
  checkKeyText,
  type EngineValue,
  type Key,
  type Table,
} from "@stowage/core/engine";
import { encodeParts } from "./places.ts";

/** An access path as it is kept: named after its columns, so that a path that is renamed stays the one it was. */
export interface Index {
  /** Equality columns, `/`, sort columns; for instance `thread_id/createdAt,seq`. */
  readonly name: string;
  readonly eq: readonly string[];
  readonly sort: readonly string[];
  /** The whole order: `sort`, then the key columns that are not in it. */
  readonly order: readonly string[];
  /** Whether the records themselves lie in this order, so that there are no entries. */
  readonly isOfRecords: boolean;
}

/** A unique key as it is kept, named after its columns. */
export interface Unique {
  readonly name: string;
  readonly columns: readonly string[];
  /** Its name in the declaration, for refusals. */
  readonly declared: string;
}

/** A record's place in one index. All are texts in the order of their UTF-8 bytes. */
export interface Entry {
  readonly index: string;
  /** Equality values, encoded. */
  readonly group: string;
  /** Values of the index's order, key included, encoded: unique in its group, and never the beginning of another. */
  readonly place: string;
}

/** A value of a unique key that a record holds. */
export interface Claim {
  readonly unique: string;
  readonly value: string;
}

/** What the database knows of a table: everything that any declaration of it has brought so far. */
export interface Stamp {
  readonly version: number;
  readonly format: number;
  readonly columns: readonly (readonly [name: string, type: Column["type"], isNullable: boolean])[];
  readonly indexes: readonly {
    readonly eq: readonly string[];
    readonly sort: readonly string[];
    readonly built: boolean;
  }[];
  readonly unique: readonly { readonly columns: readonly string[]; readonly built: boolean }[];
  /** With how many leading columns of the key in common records lie together, in key order; settled when the table is made. */
  readonly together?: number;
}

export type Values = Readonly<Record<string, EngineValue | undefined>>;

/** Ends every part of an id, and stands nowhere in one. */
const endOfPart = "!";

const isSame = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name, index) => name === b[index]);

/** How many leading columns of a table's key its records may lie together by: those of a path that goes on in key order. */
export function togetherOf({ key, paths }: Table): number {
  const path = Object.values(paths).find(
    ({ eq, sort, onDemand }) => !onDemand && eq.length > 0 && sort.length === 0 && isSame(eq, key.slice(0, eq.length)),
  );
  return path && path.eq.length < key.length ? path.eq.length : 0;
}

export const indexName = ({ eq, sort }: Pick<AccessPath, "eq" | "sort">): string => `${eq.join(",")}/${sort.join(",")}`;
export const uniqueName = (columns: readonly string[]): string => columns.join(",");

/**
 * A table as it is kept as records and index entries: the caller's declaration, and beside it what newer declarations have
 * added, which every writer keeps up as well.
 */
export class Layout {
  /** The caller's declaration. */
  readonly table: Table;
  /** Grows whenever columns, indexes or unique keys are added. */
  readonly version: number;
  /** Every column there is, those unknown to the declaration last. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly columnNames: readonly string[];
  readonly indexes: readonly Index[];
  readonly unique: readonly Unique[];
  /** See {@link Stamp}; 0 where every record lies by itself. */
  readonly together: number;
  /** The columns in the key, a unique key or an index. */
  readonly keyed: readonly string[];
  /** The longest part of a key, in bytes of UTF-8; see `encodePart`. */
  readonly maxPartBytes: number;
  private readonly paths: ReadonlyMap<string, Index>;

  constructor(table: Table, stamp: Stamp, maxPartBytes = Number.POSITIVE_INFINITY) {
    this.table = table;
    this.version = stamp.version;
    this.maxPartBytes = maxPartBytes;
    const { together = 0 } = stamp;
    this.together = together;
    const older = stamp.columns.filter(([name]) => !Object.hasOwn(table.columns, name));
    this.columns = {
      ...table.columns,
      ...Object.fromEntries(older.map(([name, type, isNullable]) => [name, { type, isNullable }])),
    };
    this.columnNames = Object.keys(this.columns);
    this.indexes = stamp.indexes.map(({ eq, sort }) => ({
      name: indexName({ eq, sort }),
      eq,
      sort,
      order: [...sort, ...table.key.filter((column) => !sort.includes(column))],
      isOfRecords: together > 0 && sort.length === 0 && isSame(eq, table.key.slice(0, together)),
    }));
    this.unique = stamp.unique.map(({ columns }) => {
      const name = uniqueName(columns);
      const declared = table.unique.find((unique) => uniqueName(unique.columns) === name)?.name ?? name;
      return { name, columns, declared };
    });
    const built = new Set(stamp.indexes.filter((index) => index.built).map(indexName));
    this.paths = new Map(
      Object.values(table.paths).flatMap((path) => {
        const name = indexName(path);
        const index = this.indexes.find((candidate) => candidate.name === name);
        return index && built.has(name) ? [[path.name, index] as const] : [];
      }),
    );
    const lists = [table.key, ...this.unique.map(({ columns }) => columns), ...this.indexes.map(({ eq }) => eq)];
    this.keyed = [...new Set([...lists, ...this.indexes.map(({ sort }) => sort)].flat())];
  }

  /** The index of a declared path; `undefined` while it is not built. */
  indexOf(path: string): Index | undefined {
    return this.paths.get(path);
  }

  /** The record's key as a text: unique in the table. */
  id(key: Key): string {
    return encodeParts(key, this.maxPartBytes);
  }

  /** Where a row stands in an index; `undefined` for one with a null in it. */
  entry(index: Index, row: Values): Entry | undefined {
    for (const column of index.eq) if ((row[column] ?? null) === null) return undefined;
    for (const column of index.sort) if ((row[column] ?? null) === null) return undefined;
    return { index: index.name, group: this.parts(index.eq, row), place: this.place(index, row) };
  }

  /** What the id of a record has in common with those it lies together with; the whole id where it lies by itself. */
  partition(id: string): string {
    if (this.together === 0) return id;
    let end = 0;
    for (let parts = 0; parts < this.together; parts++) end = id.indexOf(endOfPart, end) + 1;
    return id.slice(0, end);
  }

  /** Where a row of an index stands in its group; needs the columns of the order only. */
  place(index: Index, row: Values): string {
    return this.parts(index.order, row);
  }

  /** Where a row stands in all indexes that have entries. */
  entries(row: Values): Entry[] {
    return this.indexes.flatMap((index) => (index.isOfRecords ? [] : (this.entry(index, row) ?? [])));
  }

  /** The unique values that a row holds; none for a unique key with a null in it. */
  claims(row: Values): Claim[] {
    return this.unique.flatMap(({ name, columns }) =>
      columns.some((column) => (row[column] ?? null) === null)
        ? []
        : [{ unique: name, value: this.parts(columns, row) }],
    );
  }

  /** The columns that a reader with the caller's declaration gets. */
  project(row: Values & { readonly _rev: number }, columns: readonly string[] = this.table.columnNames) {
    const result: Record<string, EngineValue> = { _rev: row._rev };
    for (const column of columns) result[column] = row[column] ?? null;
    return result as Record<string, EngineValue> & { _rev: number };
  }

  /** @throws StorageError `invalid_argument` for a text that no key, path or unique key takes. */
  checkKeys(values: Values): void {
    for (const column of this.keyed) {
      const value = values[column];
      if (typeof value === "string") checkKeyText(this.table, column, value);
    }
  }

  private parts(columns: readonly string[], row: Values): string {
    return encodeParts(
      columns.map((column) => row[column] as EngineValue),
      this.maxPartBytes,
    );
  }
}
