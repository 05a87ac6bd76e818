import { compareText } from "../../engine/compare.ts";
import type { Direction } from "../../engine/operations.ts";
import { invalid } from "../../errors.ts";
import type { SortDirection } from "./pagination.ts";

/** What a list may be asked to sort by. Both members have defaults of their own. */
export interface ListOrderBy<Field extends string = string> {
  field?: Field;
  direction?: SortDirection;
}

export interface ResolvedOrderBy<Field extends string = string> {
  field: Field;
  direction: SortDirection;
}

/**
 * The order a list is asked for, or its default.
 *
 * @param allowed names a caller may sort by: a list, or the own keys of an object.
 * @throws StorageError `INVALID_ORDER_BY` for a field outside `allowed` and a direction that is neither `ASC` nor `DESC`.
 */
export function resolveListOrderBy<Field extends string>(
  orderBy: { field?: unknown; direction?: unknown } | null | undefined,
  allowed: readonly Field[] | Readonly<Record<Field, unknown>>,
  defaults: ResolvedOrderBy<Field>,
): ResolvedOrderBy<Field> {
  if (orderBy === undefined || orderBy === null) return { ...defaults };
  if (typeof orderBy !== "object") throw invalid("orderBy must be an object", "INVALID_ORDER_BY");
  const names: readonly string[] = Array.isArray(allowed) ? allowed : Object.keys(allowed);
  const field = orderBy.field ?? defaults.field;
  const direction = orderBy.direction ?? defaults.direction;
  if (typeof field !== "string" || !names.includes(field)) {
    throw invalid(`orderBy.field must be one of ${names.join(", ")}`, "INVALID_ORDER_BY", { field: printable(field) });
  }
  if (direction !== "ASC" && direction !== "DESC") {
    throw invalid("orderBy.direction must be ASC or DESC", "INVALID_ORDER_BY", { direction: printable(direction) });
  }
  return { field: field as Field, direction };
}

/** The direction as engines name it. */
export const walkDirection = (direction: SortDirection): Direction => (direction === "DESC" ? "desc" : "asc");

/**
 * A comparator of records by one field, ties by `id` in the same direction; `DESC` is the exact reverse of `ASC`. Strings
 * compare by code point, dates by instant, and absent values come first.
 */
export function compareByField<Field extends string>(
  field: Field,
  direction: SortDirection = "ASC",
): (a: Readonly<Record<string, unknown>> | object, b: Readonly<Record<string, unknown>> | object) => number {
  const sign = direction === "DESC" ? -1 : 1;
  return (a, b) => {
    const left = a as Record<string, unknown>;
    const right = b as Record<string, unknown>;
    return sign * (compare(left[field], right[field]) || compare(left.id, right.id));
  };
}

function compare(a: unknown, b: unknown): number {
  const left = a instanceof Date ? a.getTime() : a;
  const right = b instanceof Date ? b.getTime() : b;
  if (left === right) return 0;
  if (left === undefined || left === null) return right === undefined || right === null ? 0 : -1;
  if (right === undefined || right === null) return 1;
  if (typeof left === "string" && typeof right === "string") return compareText(left, right);
  return left < right ? -1 : left > right ? 1 : 0;
}

const printable = (value: unknown) => (typeof value === "string" ? value.slice(0, 100) : typeof value);
