import { type AccessPath, type ColumnType, type EngineValue, keyOf, type Table } from "@stowage/core/engine";
import { type Storage, storages } from "./columns.ts";

/** A column with its place in the database. */
export interface MappedColumn {
  readonly name: string;
  readonly quoted: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly storage: Storage;
  /** The value where it is known not to be null. */
  readonly operand: string;
  /** What a read asks for. */
  readonly select: string;
  decode(value: unknown): EngineValue;
  encode(value: EngineValue): unknown;
}

export const quote = (name: string): string => `\`${name.replace(/[\\`]/g, "\\$&")}\``;
export const quoteText = (text: string): string => `'${text.replace(/[\\']/g, "\\$&")}'`;

/** How a path is known in the database: by its columns, not by its name. */
export const pathId = ({ eq, order }: AccessPath): string => `${eq.join(",")}/${order.join(",")}`;

/** A table of a declaration as the database has it. */
export class TableMapping {
  readonly table: Table;
  readonly name: string;
  readonly quoted: string;
  /** The table that holds the entries of all paths that the key does not serve. */
  readonly entries: string;
  readonly columns: readonly MappedColumn[];
  readonly key: readonly MappedColumn[];
  /** A row's key as SQL. */
  readonly keyList: string;
  private readonly byName: ReadonlyMap<string, MappedColumn>;

  constructor(table: Table, prefix: string) {
    this.table = table;
    this.name = prefix + table.name;
    this.quoted = quote(this.name);
    this.entries = quote(`${this.name}_entries`);
    this.columns = table.columnNames.map((name) => mapColumn(table, name));
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
    this.key = table.key.map((name) => this.column(name));
    this.keyList = this.key.map(({ quoted }) => quoted).join(", ");
  }

  column(name: string): MappedColumn {
    const column = this.byName.get(name);
    if (!column) throw new TypeError(`table ${this.table.name} has no column ${name}`);
    return column;
  }

  /** Paths with entries: those that are walked often and that the key's own order does not serve. */
  get entryPaths(): AccessPath[] {
    return Object.values(this.table.paths).filter((path) => this.hasEntries(path));
  }

  hasEntries({ eq, order, onDemand }: AccessPath): boolean {
    if (onDemand) return false;
    const columns = [...eq, ...order.filter((column) => !eq.includes(column))];
    return columns.some((column, index) => column !== this.table.key[index]);
  }

  keyOf(row: Readonly<Record<string, EngineValue | undefined>>): EngineValue[] {
    return keyOf(this.table, row);
  }
}

function mapColumn(table: Table, name: string): MappedColumn {
  const { type, isNullable: nullable } = table.columns[name] as Table["columns"][string];
  const storage = storages[type];
  const quoted = quote(name);
  return {
    name,
    quoted,
    type,
    nullable,
    storage,
    operand: nullable ? `assumeNotNull(${quoted})` : quoted,
    select: storage.select(quoted),
    decode: (value) => (value === null ? null : storage.decode(value)),
    encode: (value) => (value === null ? null : storage.encode(value)),
  };
}
