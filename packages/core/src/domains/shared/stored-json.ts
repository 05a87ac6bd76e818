import { decodeJson } from "../../engine/json.ts";
import { describeKey } from "../../engine/keys.ts";
import { keyOf, type Table } from "../../engine/table.ts";
import { StorageError } from "../../errors.ts";

/**
 * The value in a JSON column of a row that was read; `undefined` when there is none.
 *
 * @throws StorageError `corrupt` naming table, column and key.
 */
export function storedJson(table: Table, row: object, column: string): unknown {
  const text = (row as Record<string, unknown>)[column];
  if (text === null || text === undefined) return undefined;
  try {
    return decodeJson(text as string);
  } catch (cause) {
    throw new StorageError("a stored value cannot be decoded", {
      code: "corrupt",
      details: { table: table.name, column, key: describeKey(keyOf(table, row as Record<string, never>)) },
      cause,
    });
  }
}
