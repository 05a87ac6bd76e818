import {
  type AccessPath,
  checkKeyText,
  type EngineValue,
  pathOf,
  StorageError,
  type Table,
} from "@stowage/core/engine";
import type { SqlValue } from "./connection.ts";
import { type Dialect, longName } from "./dialect.ts";
import type { MappedColumn } from "./mapped-column.ts";
import { type IndexPlan, namesOf, type TableNames } from "./naming.ts";
import { RowReader } from "./row-reader.ts";

/** The name of the column that holds the revision. */
export const revision = "_rev";

/** How one declared table lies in a database: names, columns, and what is compiled for it once. */
export class TableMapping {
  readonly table: Table;
  readonly dialect: Dialect;
  readonly names: TableNames;
  readonly quoted: string;
  readonly columns: readonly MappedColumn[];
  /** Whether the last upsert that expected nothing met a stored row: the next one probably will too. */
  upsertsReplace = false;
  /** Statement texts by shape. */
  readonly statements = new Map<string, string>();
  private readonly byName: ReadonlyMap<string, MappedColumn>;
  private readonly derived = new Map<string, unknown>();
  private readonly readers = new Map<string, RowReader>();
  private readonly maxKeyBytes: number;
  private readonly maxValueBytes: number;

  constructor(
    table: Table,
    dialect: Dialect,
    options: { readonly prefix: string; readonly maxKeyBytes: number; readonly maxValueBytes: number },
  ) {
    this.table = table;
    this.dialect = dialect;
    this.names = namesOf(table, options.prefix, dialect.fit);
    this.quoted = dialect.qualify?.(this.names.table) ?? dialect.quote(this.names.table);
    this.maxKeyBytes = options.maxKeyBytes;
    this.maxValueBytes = options.maxValueBytes;
    const indexed = indexedColumns(table);
    this.columns = table.columnNames.map((name) => {
      const column = table.columns[name] as Table["columns"][string];
      const quoted = dialect.quote(name);
      const storage = dialect.storage(column, indexed.has(name));
      const long = storage.whole && dialect.quote((dialect.fit ?? asItIs)(longName(name)));
      return {
        name,
        quoted,
        selected: long ? `coalesce(${long}, ${quoted})` : quoted,
        ...(long && { long }),
        operand: storage.operand?.(quoted) ?? quoted,
        type: column.type,
        storage,
        isNullable: column.isNullable,
        isText: column.type === "text" || column.type === "json",
        indexed: indexed.has(name),
      };
    });
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
    if (new Set(this.columns.map(({ name }) => name.toLowerCase()).concat(revision)).size <= this.columns.length) {
      throw new TypeError(`table ${table.name} has columns whose names differ in case only, or one named ${revision}`);
    }
  }

  /** @throws TypeError when the table has no such column. */
  column(name: string): MappedColumn {
    const column = this.byName.get(name);
    if (!column) throw new TypeError(`table ${this.table.name} has no column ${name}`);
    return column;
  }

  /** The column of that quoted name; any other text as it is. */
  quotedColumn(text: string): MappedColumn | string {
    return this.derive(`quoted/${text}`, () => this.columns.find(({ quoted }) => quoted === text) ?? text);
  }

  path(name: string): AccessPath {
    return pathOf(this.table, name);
  }

  indexOf(path: AccessPath): IndexPlan | undefined {
    return this.names.pathIndex.get(path.name);
  }

  /** A reader of rows with these columns and the revision. */
  reader(columns: readonly string[] = this.table.columnNames): RowReader {
    const id = columns === this.table.columnNames ? "*" : columns.join();
    let reader = this.readers.get(id);
    if (!reader) {
      reader = new RowReader(
        columns.map((name) => this.column(name)),
        this.dialect.quote(revision),
      );
      this.readers.set(id, reader);
    }
    return reader;
  }

  /** The text of a statement of this shape, made at the first call. */
  statement(shape: string, make: () => string): string {
    let text = this.statements.get(shape);
    if (text === undefined) this.statements.set(shape, (text = make()));
    return text;
  }

  /** What follows from the declaration, made at the first call for a name. */
  derive<Value>(name: string, make: () => Value): Value {
    let value = this.derived.get(name) as Value | undefined;
    if (value === undefined) this.derived.set(name, (value = make()));
    return value;
  }

  /**
   * A value as it is stored.
   *
   * @throws StorageError `invalid_argument` for a string that no key may hold, `too_large` for one past the engine's limits.
   */
  stored(column: MappedColumn, value: EngineValue): SqlValue {
    if (value === null) return null;
    if (column.isText) this.checkText(column, value as string);
    return column.storage.encode ? column.storage.encode(value) : (value as SqlValue);
  }

  /** A value to compare with, without the checks of {@link stored}. */
  compared(column: MappedColumn, value: EngineValue): SqlValue {
    return value !== null && column.storage.encode ? column.storage.encode(value) : (value as SqlValue);
  }

  /** Whether a string could have been stored in a key or path at all. */
  static canMatch(value: EngineValue | undefined): boolean {
    return typeof value !== "string" || (value.isWellFormed() && !value.includes("\0"));
  }

  private checkText(column: MappedColumn, value: string): void {
    if (column.indexed) checkKeyText(this.table, column.name, value);
    const limit = column.indexed ? this.maxKeyBytes : this.maxValueBytes;
    if (value.length * 3 > limit && byteLength(value) > limit) {
      throw new StorageError(`${column.name} is larger than this database takes`, {
        code: "too_large",
        details: { table: this.table.name, column: column.name, limit },
      });
    }
  }
}

const asItIs = (name: string) => name;
const encoder = new TextEncoder();
const byteLength = (text: string) => encoder.encode(text).length;

function indexedColumns(table: Table): Set<string> {
  const names = new Set<string>(table.key);
  for (const { columns } of table.unique) for (const column of columns) names.add(column);
  for (const { eq, sort } of Object.values(table.paths)) for (const column of [...eq, ...sort]) names.add(column);
  return names;
}
