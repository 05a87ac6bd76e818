import type { IndexRow } from "../tables.ts";

/** Context columns that are equality columns of an access path of the trace index. */
export const pathColumns: ReadonlySet<string> = new Set([
  "organizationId",
  "resourceId",
  "entityType",
  "entityName",
  "entityId",
  "threadId",
  "sessionId",
  "runId",
  "userId",
  "experimentId",
] satisfies (keyof IndexRow)[]);

/** Longer values could exceed what some database takes in an index entry together with the rest of it. */
const longest = 128;
const mark = "stowage:";

/**
 * A context value as a path of the trace index can hold it. Values that are long, hold U+0000 or lone surrogates are
 * replaced by a key form; the full value then stands in the column `long`, and a filter compares both.
 */
export function indexText(value: string): string {
  return isIndexable(value) ? value : `${mark}${value.length}:${hash(value)}`;
}

export const isIndexable = (value: string): boolean =>
  value.length <= longest && !value.startsWith(mark) && value.isWellFormed() && !value.includes("\0");

/** Two 32-bit FNV hashes in a row, enough to make the walk of a key form short: equality is decided by the full value. */
function hash(value: string): string {
  let a = 0x811c9dc5;
  let b = 0x01000193;
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ (unit + i), 0x85ebca6b);
  }
  return `${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}

/** The full values that an index row keeps beside its key forms. */
export const longValues = (row: Pick<IndexRow, "long">): Record<string, string> =>
  row.long === null ? {} : (JSON.parse(row.long) as Record<string, string>);
