import {
  type AccessPath,
  type ColumnType,
  type EngineValue,
  encodeTuple,
  type Key,
  keyOf,
  type StoredRecord,
  type Table,
} from "@stowage/core/engine";
import { storages } from "./columns.ts";

/** A column as it lies in the database. */
export interface PhysicalColumn {
  readonly name: string;
  readonly arrow: "text" | "number";
  /** What the field says of itself, for releases that do not know it. */
  readonly kind: string;
}

/** The encoded key, the revision, and the place in each path: names that no declared column has. */
export const keyColumn = "_key";
export const revisionColumn = "_rev";
const pathPrefix = "_path ";

/** How a path is known in the database: by its columns, not by its name. */
export const pathColumn = ({ eq, order }: Pick<AccessPath, "eq" | "order">): string =>
  `${pathPrefix}${eq.join(",")}/${order.join(",")}`;

interface KnownPath {
  readonly column: string;
  readonly eq: readonly string[];
  readonly order: readonly string[];
}

type Values = Readonly<Record<string, EngineValue>>;

/** A table of a declaration as the database has it, with what a later release has added to it. */
export class TableMapping {
  readonly table: Table;
  readonly name: string;
  private readonly types: ReadonlyMap<string, ColumnType>;
  private readonly paths: readonly KnownPath[];
  /** Columns that the declaration does not know. */
  readonly unknown: readonly string[];

  /** `found` is what the fields of the database say of themselves, by name. */
  constructor(table: Table, prefix: string, found: ReadonlyMap<string, string> = new Map()) {
    this.table = table;
    this.name = prefix + table.name;
    const types = new Map<string, ColumnType>(
      table.columnNames.map((name) => [name, table.columns[name]?.type ?? "json"]),
    );
    const paths = new Map<string, KnownPath>();
    for (const { eq, order } of Object.values(table.paths)) {
      const column = pathColumn({ eq, order });
      paths.set(column, { column, eq, order });
    }
    const unknown: string[] = [];
    for (const [name, kind] of found) {
      if (kind === "path" && !paths.has(name)) {
        const [eq = "", order = ""] = name.slice(pathPrefix.length).split("/");
        paths.set(name, { column: name, eq: eq === "" ? [] : eq.split(","), order: order.split(",") });
      } else if (kind in storages && !types.has(name)) {
        types.set(name, kind as ColumnType);
        unknown.push(name);
      }
    }
    this.types = types;
    this.paths = [...paths.values()];
    this.unknown = unknown;
  }

  /** Every column, in the order in which rows are sent. */
  get columns(): PhysicalColumn[] {
    return [
      { name: keyColumn, arrow: "text", kind: "key" },
      { name: revisionColumn, arrow: "number", kind: "revision" },
      ...[...this.types].map(([name, kind]) => ({ name, arrow: storages[kind].arrow, kind })),
      ...this.paths.map(({ column }) => ({ name: column, arrow: "text" as const, kind: "path" })),
    ];
  }

  /** Columns of paths that are worth an index. */
  get indexed(): string[] {
    return Object.values(this.table.paths)
      .filter(({ onDemand }) => !onDemand)
      .map(pathColumn);
  }

  /** A row as it is stored. */
  encode(row: Values, revision: number): Record<string, string | number | null> {
    const stored: Record<string, string | number | null> = {
      [keyColumn]: encodeTuple(keyOf(this.table, row)),
      [revisionColumn]: revision,
    };
    for (const [name, type] of this.types) {
      const value = row[name] ?? null;
      stored[name] = value === null ? null : storages[type].encode(value);
    }
    for (const { column, eq, order } of this.paths) {
      const values = [...eq, ...order].map((name) => row[name] ?? null);
      stored[column] = values.includes(null) ? null : encodeTuple(values);
    }
    return stored;
  }

  /** A row with these of its columns, from what was read. */
  decode(stored: Readonly<Record<string, unknown>>, columns: readonly string[]): StoredRecord {
    const row: Record<string, EngineValue> = {};
    for (const name of columns) {
      const value = stored[name];
      const type = this.types.get(name) as ColumnType;
      row[name] = value === null || value === undefined ? null : storages[type].decode(value);
    }
    row._rev = stored[revisionColumn] as number;
    return row as StoredRecord;
  }

  /** Every column that has a value of its own. */
  get all(): readonly string[] {
    return [...this.types.keys()];
  }
}

export const storedKey = (key: Key): string => encodeTuple(key);
