import {
  type Column,
  type EngineValue,
  encodeTuple,
  type Key,
  keyOf,
  orderedBigint,
  type StoredRow,
  type Table,
} from "@stowage/core/engine";
import { type Document, Double, Long } from "mongodb";

/** The field with the hidden revision. */
export const revision = "_rev";
/** The field that a check writes, so that two transactions meet which change one record and rely on it. */
export const lock = "_lock";

/** Marks a text that BSON could not hold as it is; a JSON string follows. */
const mark = "\u001a";

/** How the rows of one table lie in documents. */
export class TableMapping {
  readonly table: Table;
  /** Text columns of keys, paths and unique keys: kept as they are, since their order counts. */
  private readonly ordered: ReadonlySet<string>;

  constructor(table: Table) {
    this.table = table;
    const paths = Object.values(table.paths).flatMap(({ eq, order }) => [...eq, ...order]);
    this.ordered = new Set([...table.key, ...paths, ...table.unique.flatMap(({ columns }) => columns)]);
  }

  /** Whether the database compares values of a column as the contract does. */
  comparesAsIs(column: string): boolean {
    return this.typeOf(column) !== "text" || this.ordered.has(column);
  }

  typeOf(column: string): Column["type"] {
    const found = Object.hasOwn(this.table.columns, column) ? this.table.columns[column] : undefined;
    if (!found) throw new TypeError(`table ${this.table.name} has no column ${column}`);
    return found.type;
  }

  /** `_id` of a record: the key itself when it is one text, else the key encoded as one. */
  id(key: Key): string {
    const [first] = key;
    return key.length === 1 && typeof first === "string" ? escapeText(first, true) : encodeTuple(key);
  }

  idOfRow(row: Readonly<Record<string, EngineValue>>): string {
    return this.id(keyOf(this.table, row));
  }

  /** A value as BSON: never a JavaScript type that the serializer would have to guess at. */
  encode(column: string, value: EngineValue): unknown {
    if (value === null) return null;
    switch (this.typeOf(column)) {
      case "text":
        return escapeText(value as string, this.ordered.has(column));
      case "timestamp":
        return new Date(value as number);
      case "integer":
        return integer(value as number);
      case "bigint":
        return orderedBigint(value as bigint);
      case "float":
        return new Double(value as number);
      default:
        return value;
    }
  }

  decode(column: string, value: unknown): EngineValue {
    if (value === undefined || value === null) return null;
    switch (this.typeOf(column)) {
      case "text":
        return unescapeText(value as string);
      case "timestamp":
        return value instanceof Date ? value.getTime() : numberOf(value);
      case "integer":
      case "float":
        return numberOf(value);
      case "bigint":
        return parseOrderedBigint(value as string);
      default:
        return value as EngineValue;
    }
  }

  /** The given columns of a row as fields. */
  fields(row: Readonly<Record<string, EngineValue>>, columns: readonly string[]): Document {
    const document: Document = {};
    for (const column of columns) document[column] = this.encode(column, row[column] ?? null);
    return document;
  }

  /** What to ask for when these columns are wanted; `undefined` for the whole document. */
  projection(columns: readonly string[] | undefined): Document | undefined {
    if (!columns) return undefined;
    return { _id: 0, [revision]: 1, ...Object.fromEntries(columns.map((column) => [column, 1])) };
  }

  row(document: Document, columns: readonly string[] = this.table.columnNames): StoredRow {
    const row: Record<string, EngineValue> = {};
    for (const column of columns) row[column] = this.decode(column, document[column]);
    row[revision] = numberOf(document[revision] ?? 0);
    return row as StoredRow;
  }
}

/** A number from whatever the client's own BSON settings made of it. */
export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : Number(value as bigint);
}

const int32 = 2 ** 31;

/** An integer as one: the serializer would make a double of a large one. */
export const integer = (value: number): unknown => (value >= -int32 && value < int32 ? value : Long.fromNumber(value));

function escapeText(value: string, isOrdered: boolean): string {
  const isPlain = value.isWellFormed() && (isOrdered || !value.startsWith(mark));
  return isPlain ? value : `${mark}${JSON.stringify(value)}`;
}

function unescapeText(value: string): string {
  return value.startsWith(`${mark}"`) && value.endsWith('"') ? (JSON.parse(value.slice(1)) as string) : value;
}

/** The bigint that `orderedBigint` was given. */
function parseOrderedBigint(text: string): bigint {
  const digits = text.slice(9);
  if (text.startsWith("1")) return BigInt(digits);
  return -BigInt(digits.replace(/\d/g, (digit) => String(9 - Number(digit))));
}
