import { invalid } from "../../errors.ts";
import { isKeyText } from "../shared/key-text.ts";
import { lookupId } from "../shared/values.ts";

/** A list, or nothing. @throws StorageError `INVALID_INPUT` for anything else. */
export function listOf(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${path} must be an array`, "INVALID_INPUT", { path });
  return value;
}

/**
 * A string that a record is stored under or found by.
 *
 * @throws StorageError `INVALID_INPUT` when it is no string, empty, or holds what no engine takes in a key.
 */
export function writableKey(value: unknown, path: () => string): string {
  if (typeof value !== "string" || value === "") {
    throw invalid(`${path()} must be a non-empty string`, "INVALID_INPUT", { path: path() });
  }
  if (!isKeyText(value)) {
    throw invalid(`${path()} holds U+0000 or a lone surrogate`, "INVALID_INPUT", { path: path() });
  }
  return value;
}

/**
 * An id to look up; `undefined` when nothing can be stored under it.
 *
 * @throws StorageError `INVALID_INPUT` when it is something else than a string.
 */
export function findableKey(value: unknown, path: string): string | undefined {
  const id = lookupId(value, path);
  return id !== undefined && isKeyText(id) ? id : undefined;
}

/** The ids of a list that can be looked up, each once. */
export function findableKeys(value: unknown, path: string): string[] {
  const ids = new Set<string>();
  for (const entry of listOf(value, path)) {
    const id = findableKey(entry, path);
    if (id !== undefined) ids.add(id);
  }
  return [...ids];
}
