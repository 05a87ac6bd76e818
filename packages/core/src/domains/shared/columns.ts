import { encodeJson } from "../../engine/json.ts";
import { checkKeyText } from "../../engine/keys.ts";
import type { Table } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { isKeyText } from "./key-text.ts";
import { lookupId, optionalObject } from "./values.ts";

/** What callers give for nullable columns, checked and encoded: `undefined` and `null` both mean that there is nothing. */

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** @throws StorageError `INVALID_INPUT` naming `path`, as all of these. */
export function textColumn(value: unknown, path: string): string | null {
  if (!isGiven(value)) return null;
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  return value;
}

/** A text of a column that is part of a key or path. */
export function pathTextColumn(table: Table, value: unknown, path: string): string | null {
  const text = textColumn(value, path);
  if (text !== null) checkKeyText(table, path, text);
  return text;
}

/** A list of strings, as JSON. */
export function textsColumn(value: unknown, path: string): string | null {
  if (!isGiven(value)) return null;
  if (!Array.isArray(value) || !value.every((member) => typeof member === "string")) {
    throw invalid(`${path} must be an array of strings`, "INVALID_INPUT", { path });
  }
  return JSON.stringify(value);
}

/** A safe integer from 0. */
export function countColumn(value: unknown, path: string): number | null {
  if (!isGiven(value)) return null;
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    throw invalid(`${path} must be a whole number from 0`, "INVALID_INPUT", { path });
  }
  return value as number;
}

/** An object, as JSON. */
export function objectColumn(value: unknown, path: string): string | null {
  const object = optionalObject(value, path);
  return object === undefined ? null : (encodeJson(object) ?? null);
}

/** Any value, as JSON; what JSON cannot express at all is nothing. */
export const jsonColumn = (value: unknown): string | null => (isGiven(value) ? (encodeJson(value) ?? null) : null);

/** An id to look up by; `undefined` for one that nothing can have. */
export function findableId(value: unknown, path: string): string | undefined {
  const id = lookupId(value, path);
  return id !== undefined && isKeyText(id) ? id : undefined;
}
