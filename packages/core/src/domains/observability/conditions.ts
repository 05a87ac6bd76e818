import type { Filter } from "../../engine/filter.ts";
import { encodeJson } from "../../engine/json.ts";
import type { Range } from "../../engine/operations.ts";
import { invalid, type StorageError } from "../../errors.ts";
import { readInstant } from "../shared/values.ts";

/** The refusal of an argument. */
export const refused = (path: string, why: string): StorageError =>
  invalid(`${path} ${why}`, "INVALID_ARGUMENT", { path });

/** Bounds of a time in milliseconds, both inclusive. */
export interface MillisecondRange {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export const anyTime: MillisecondRange = { from: undefined, to: undefined };

export const isInverted = ({ from, to }: MillisecondRange): boolean =>
  from !== undefined && to !== undefined && from > to;

const rangeMembers = ["start", "end", "startExclusive", "endExclusive"];

/** Exclusive bounds become inclusive ones a millisecond further in: times are compared at that precision. */
export function readRange(value: unknown, path: string): MillisecondRange {
  if (value === null) return anyTime;
  if (typeof value !== "object" || Array.isArray(value)) throw refused(path, "must be an object with start or end");
  const range = value as Record<string, unknown>;
  const unknown = Object.keys(range).find((member) => range[member] !== undefined && !rangeMembers.includes(member));
  if (unknown !== undefined) throw refused(`${path}.${unknown}`, "is no member of a range");
  const from = bound(range.start, `${path}.start`);
  const to = bound(range.end, `${path}.end`);
  return {
    from: from === undefined ? undefined : from + Number(flag(range.startExclusive, `${path}.startExclusive`)),
    to: to === undefined ? undefined : to - Number(flag(range.endExclusive, `${path}.endExclusive`)),
  };
}

function bound(value: unknown, path: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  const instant = readInstant(value);
  if (!instant) throw refused(path, "is not a date, ISO 8601 text or milliseconds");
  return instant.getTime();
}

function flag(value: unknown, path: string): boolean {
  if (value === undefined || value === null || value === false || value === "false") return false;
  if (value === true || value === "true") return true;
  throw refused(path, "must be a boolean");
}

/** The part of a path to walk whose first sort column is the time. */
export const rangeOf = ({ from, to }: MillisecondRange): Range => ({
  ...(from !== undefined && { lower: { at: [from], inclusive: true } }),
  ...(to !== undefined && { upper: { at: [to], inclusive: true } }),
});

/** The same bounds as conditions on a column. */
export const within = (column: string, { from, to }: MillisecondRange): Filter[] => [
  ...(from === undefined ? [] : [{ op: "gte", column, value: from } as const]),
  ...(to === undefined ? [] : [{ op: "lte", column, value: to } as const]),
];

/** All of these tags, exactly. `null` and an empty list are no condition. */
export function tagConditions(value: unknown): Filter[] {
  if (value === null) return [];
  if (!Array.isArray(value) || value.some((tag) => typeof tag !== "string")) {
    throw refused("tags", "must be a list of strings");
  }
  return [...new Set(value as string[])].map((tag) => ({ op: "contains", column: "tags", value: JSON.stringify(tag) }));
}

/** Each key given is a top-level member of the column's object and deeply equal. `null` and `{}` are no condition. */
export function memberConditions(column: string, value: unknown): Filter[] {
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) throw refused(column, "must be an object");
  return Object.entries(value as object).flatMap(([key, wanted]): Filter[] => {
    const text = encodeJson(wanted);
    return text === undefined ? [] : [{ op: "jsonEq", column, path: [key], value: text }];
  });
}
