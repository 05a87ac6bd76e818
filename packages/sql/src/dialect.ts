import type { AggregateFunction, Column, EngineValue, Filter, StorageError } from "@stowage/core/engine";
import type { SqlValue, Statement } from "./connection.ts";

/** How the values of one column lie in the database. Null is null everywhere and reaches neither function. */
export interface ColumnStorage {
  /** The column's type in a table definition. */
  readonly type: string;
  /** Absent where a value is bound as it is. */
  readonly encode?: (value: EngineValue) => SqlValue;
  /** Absent where a value comes back as it went in. */
  readonly decode?: (value: SqlValue) => EngineValue;
  /** Whether stored values sort and compare as the values do; otherwise only equality carries over. */
  readonly ordered: boolean;
  /** Whether a value survives the way through JSON text in the database, as lists of keys travel. */
  readonly throughJson: boolean;
  /** The values that may be compared with the column; the rest the database would refuse. Absent: all that can be stored. */
  readonly accepts?: (value: EngineValue) => boolean;
  /** What stands for the column where values are compared or grouped; absent: the column itself. */
  readonly operand?: (column: string) => string;
  /**
   * What goes into a second column beside this one, named by {@link longName}: the whole of a value too long for an index, of
   * which the column itself then holds what is compared; null for any other. Absent: there is no such column.
   */
  readonly whole?: (value: EngineValue) => SqlValue;
}

/** The column that holds the whole of what is too long for the column of this name. */
export const longName = (name: string): string => `${name}__long`;

/** A constraint that refused a statement. `columns` as far as the database tells them. */
export type Violation =
  | { readonly kind: "unique"; readonly columns: readonly string[]; readonly constraint?: string }
  | { readonly kind: "guard" };

/** A condition that is true or false, never null, as filters are. */
export interface Condition {
  readonly sql: string;
  readonly args: readonly SqlValue[];
  /** Whether it lets through what the filter does and no more; otherwise it may let through more, never less. */
  readonly exact: boolean;
}

/** A filter that looks into a JSON column. */
export type JsonFilter = Extract<Filter, { op: "jsonEq" | "jsonAbsent" | "contains" | "search" }>;

/** A measure that looks at a column and needs no order but the column's own. */
export type ColumnMeasure = Exclude<AggregateFunction, { fn: "count" | "last" }>;

/** A column as a dialect that writes its own reads gets it. */
export interface ReadColumn {
  readonly name: string;
  readonly quoted: string;
  readonly storage: ColumnStorage;
}

/** One end of a walk: values, as they are bound, for the first columns of the order. */
export interface WalkEdge {
  readonly at: readonly SqlValue[];
  readonly inclusive: boolean;
}

/** A walk with everything that a statement of it needs. Values are as they are bound. */
export interface WalkShape {
  /** The table as it is named in a statement. */
  readonly table: string;
  /** What to select, in order; a text is a constant. */
  readonly columns: readonly (ReadColumn | string)[];
  /** Whether columns are wanted as they are stored, and not as they are read. */
  readonly asStored: boolean;
  readonly eq: readonly ReadColumn[];
  /** Values of {@link eq}, for one walk or several that are merged. */
  readonly branches: readonly (readonly SqlValue[])[];
  readonly order: readonly ReadColumn[];
  readonly descending: boolean;
  /** Whether any order will do. */
  readonly unordered: boolean;
  /** Columns, quoted, of which a null leaves a row out of the path. */
  readonly notNull: readonly string[];
  readonly lower?: WalkEdge;
  readonly upper?: WalkEdge;
  readonly condition?: Condition;
  readonly limit?: SqlValue;
  readonly offset: number;
}

/** Records to look up by key. A row holds the columns, then the place of its key among the keys. */
export interface LookupShape {
  readonly table: string;
  readonly columns: readonly (ReadColumn | string)[];
  readonly key: readonly ReadColumn[];
  readonly keys: readonly (readonly SqlValue[])[];
}

/** What is peculiar to one database in the translation of reads and writes into statements. */
export interface Dialect {
  readonly name: string;
  /** Most SELECTs that one UNION ALL may join. */
  readonly maxCompound: number;
  /** Whether SELECTs that are joined state their order each, in brackets; without that PostgreSQL would sort what it joined. */
  readonly ordersBranches?: boolean;
  /** Whether these are limited each too, as a database wants to be told that does not merge them in order. */
  readonly limitsBranches?: boolean;
  /** Whether `(a, b) > (x, y)` is written out as `a > x OR (a = x AND b > y)`, without which no index would serve it. */
  readonly spellsOutTuples?: boolean;
  /** Most parameters of one statement. */
  readonly maxParameters: number;
  /** Most operators of a filter, where the depth of expressions is narrow; a longer one is tested on the rows. Default: no bound. */
  readonly maxOperators?: number;
  quote(identifier: string): string;
  /** How a table is named in a statement. Default: its quoted name. */
  qualify?(table: string): string;
  /** A name as the database keeps it, where it bounds the length of names. Default: as it is. */
  fit?(name: string): string;
  /** What tells a SELECT which index to use, behind the table's name. */
  useIndex(index: string): string;
  /** The same for the primary key. Default: nothing. */
  readonly usePrimaryKey?: string;
  /** The LIMIT that is none. */
  readonly noLimit: SqlValue;
  /** What stands before a statement to get its plan. */
  readonly explain: string;
  /** The value one greater than the one in a number or timestamp column. */
  successor(column: string, type: Column["type"]): string;
  /** The greater of two expressions. */
  greatest(a: string, b: string): string;
  /** Makes an UPDATE tell the new revision, where it cannot return rows. Default: it returns a row of it. */
  tellRevision?(revision: string): string;
  /** Removes the rows of a table whose keys a SELECT gives. Default: those whose key is IN it. */
  removeChosen?(table: string, keys: readonly string[], chosen: string): string;
  /** `indexed`: the column takes part in a key, unique key or path. */
  storage(column: Column, indexed: boolean): ColumnStorage;
  /**
   * A FROM item that gives a row for each item, itself an array, of the JSON array that is its only parameter.
   * `position` counts the items from 0, `item` is one part of an item. Absent: keys go into a list of tuples instead.
   */
  readonly jsonItems?: {
    readonly from: string;
    readonly position: string;
    item(part: number, storage: ColumnStorage): string;
  };
  /** A condition for a filter on JSON, or `undefined` when the database cannot narrow it down. */
  jsonCondition(column: string, filter: JsonFilter): Condition | undefined;
  /** What counts rows. Default: `count(*)`. */
  readonly countRows?: string;
  /** A condition that always holds and keeps one server process at a count; see where the dialect of PostgreSQL has it. */
  readonly byOneProcess?: string;
  /** Writes walks itself, where they look quite different. Default: as SQLite and PostgreSQL take them. */
  walk?(shape: WalkShape): Statement;
  /** The same for records by key. */
  lookup?(shape: LookupShape): Statement;
  /** Whether a GROUP BY repeats what it groups by; otherwise it names places in the list. */
  readonly groupsByExpression?: boolean;
  /** A column of milliseconds floored to a multiple of `size`. */
  bucket(column: string, size: number): string;
  /** A measure of a column in SQL that gives just what the shared aggregator would, or `undefined`. */
  measure(measure: ColumnMeasure, column: string, type: Column["type"]): string | undefined;
  /** What a constraint of the database refused, or `undefined` when the error is of another kind. */
  violation(error: unknown): Violation | undefined;
  /** The vendor's error as one of ours; one of ours stays as it is. */
  translate(error: unknown): StorageError;
}
