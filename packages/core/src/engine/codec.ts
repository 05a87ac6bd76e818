import { StorageError } from "../errors.ts";
import type { Column, EngineValue } from "./column.ts";
import { decodeJson, encodeJson } from "./json.ts";
import type { Decoded, Row, StoredRow, Table } from "./table.ts";

/** What a domain may give for a row: decoded values, JSON as live values; what is absent or `undefined` becomes null. */
export type Draft<T extends Table> = { [K in keyof Decoded<T>]?: Decoded<T>[K] | null };

/**
 * Encodes one decoded value for its column. A JSON `null` stays JSON's null: use `undefined` for "absent".
 *
 * @throws StorageError `invalid_argument` for an invalid date, `NaN` or an infinity outside of JSON.
 */
export function encodeValue(column: Column, value: unknown): EngineValue {
  if (column.type === "json") return encodeJson(value) ?? null;
  if (value === undefined || value === null) return null;
  const plain = value instanceof Date ? value.getTime() : (value as EngineValue);
  if (typeof plain !== "number") return plain;
  if (!Number.isFinite(plain)) {
    throw new StorageError(
      `a ${column.type} column takes no ${value instanceof Date ? "invalid date" : String(plain)}`,
      {
        code: "invalid_argument",
        status: "INVALID_INPUT",
      },
    );
  }
  // Minus zero is not kept by every database.
  return plain === 0 ? 0 : plain;
}

/** Encodes a whole row. The domain has validated the values; only a missing value of a non-null column is caught here. */
export function encodeRow<T extends Table>(table: T, draft: Draft<T>): Row<T> {
  const row: Record<string, EngineValue> = {};
  for (const name of table.columnNames) {
    const column = table.columns[name] as Column;
    const value = encodeValue(column, (draft as Record<string, unknown>)[name]);
    if (value === null && !column.isNullable) {
      throw new StorageError("a required value is missing", {
        code: "invalid_argument",
        status: "INVALID_INPUT",
        details: { table: table.name, column: name },
      });
    }
    row[name] = value;
  }
  return row as Row<T>;
}

/** Encodes the given columns only, for a patch. A member given as `undefined` is left out. */
export function encodePatch<T extends Table>(table: T, draft: Draft<T>): Partial<Row<T>> {
  const row: Record<string, EngineValue> = {};
  for (const [name, value] of Object.entries(draft)) {
    const column = table.columns[name];
    if (!column) throw new TypeError(`table ${table.name} has no column ${name}`);
    if (value !== undefined) row[name] = encodeValue(column, value);
  }
  return row as Partial<Row<T>>;
}

/** Decodes a row and leaves `_rev` out. Columns that were not read stay out. */
export function decodeRow<T extends Table>(table: T, stored: StoredRow<T>): Decoded<T> {
  const row = stored as Record<string, unknown>;
  const decoded: Record<string, unknown> = {};
  for (const name of table.columnNames) {
    const value = row[name];
    if (value === undefined) continue;
    const type = table.columns[name]?.type;
    if (type === "timestamp") decoded[name] = value === null ? null : new Date(value as number);
    else if (type === "json") decoded[name] = parseStored(table, row, name);
    else decoded[name] = value;
  }
  return decoded as Decoded<T>;
}

/**
 * The value of a JSON column of a row; `undefined` where the row has none.
 *
 * @throws StorageError `corrupt` when it is no JSON.
 */
export function parseStored(table: Table, row: Readonly<Record<string, unknown>>, column: string): unknown {
  const text = row[column] as string | null;
  if (text === null) return undefined;
  try {
    return decodeJson(text);
  } catch (cause) {
    const key = table.key.map((name) => String(row[name])).join(", ");
    throw new StorageError("a stored value cannot be decoded", {
      code: "corrupt",
      details: { table: table.name, column, key },
      cause,
    });
  }
}
