import { invalid } from "../../errors.ts";

/**
 * An instant given as `Date`, ISO 8601 text or milliseconds since 1970, as a `Date` of its own.
 *
 * @throws StorageError `INVALID_INPUT` naming `path` for anything else, an invalid date included.
 */
export function toInstant(value: unknown, path: string): Date {
  const date = readInstant(value);
  if (!date) throw invalid(`${path} is not a date, ISO 8601 text or milliseconds`, "INVALID_INPUT", { path });
  return date;
}

/** As {@link toInstant}; `undefined` and `null` give `undefined`. */
export function toOptionalInstant(value: unknown, path: string): Date | undefined {
  return value === undefined || value === null ? undefined : toInstant(value, path);
}

const isoText = /^[+-]?\d{4,6}-\d{2}(?:-\d{2})?(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/;

/** The instant a value stands for, or `undefined` when it stands for none. */
export function readInstant(value: unknown): Date | undefined {
  let time: number;
  if (value instanceof Date) time = value.getTime();
  else if (typeof value === "number") time = Math.trunc(value);
  else if (typeof value === "string" && isoText.test(value)) time = Date.parse(value);
  else return undefined;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** An id where a record is written: a non-empty string. @throws StorageError `INVALID_INPUT` naming `path`. */
export function requireId(value: unknown, path: string): string {
  if (typeof value !== "string" || value === "") {
    throw invalid(`${path} must be a non-empty string`, "INVALID_INPUT", { path });
  }
  return value;
}

/**
 * An id where a record is looked up: `undefined` (nothing can be found) for an absent or empty one.
 *
 * @throws StorageError `INVALID_INPUT` naming `path` when it is something else than a string: an object in the place of an
 * id is never interpreted.
 */
export function lookupId(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  return value;
}

/** A scalar filter that may be left out. `null` and other types are refused. `''` is a real value. */
export function optionalText(value: unknown, path: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string") throw invalid(`${path} must be a string`, "INVALID_INPUT", { path });
  return value;
}

/** A plain object, or nothing. `null` counts as nothing. @throws StorageError `INVALID_INPUT` naming `path`. */
export function optionalObject(value: unknown, path: string): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    throw invalid(`${path} must be an object`, "INVALID_INPUT", { path });
  return value as Record<string, unknown>;
}
