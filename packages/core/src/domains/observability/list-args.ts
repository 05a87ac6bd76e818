import type { PaginationInfo } from "../shared/pagination.ts";
import { refused } from "./conditions.ts";

/** Checked arguments of a list in page mode. */
export interface CheckedPage<Field extends string> {
  readonly mode: "page";
  readonly filters: unknown;
  readonly page: number;
  readonly perPage: number;
  readonly field: Field;
  readonly isDescending: boolean;
  readonly wantsTotal: boolean;
}

/** Checked arguments of a poll for what is new. */
export interface CheckedDelta {
  readonly mode: "delta";
  readonly filters: unknown;
  readonly after: string | undefined;
  readonly limit: number;
}

export type CheckedList<Field extends string> = CheckedPage<Field> | CheckedDelta;

const members = ["filters", "pagination", "orderBy", "mode", "after", "limit", "includeTotal"];

/**
 * Checks what the lists of this domain have in common.
 *
 * @throws StorageError `INVALID_ARGUMENT` for unknown arguments, bad pages and orders, and what the mode does not take.
 */
export function checkList<Field extends string>(a: unknown, fields: readonly [Field, ...Field[]]): CheckedList<Field> {
  const args = objectOf(a, "the arguments");
  for (const [member, value] of Object.entries(args)) {
    if (value !== undefined && !members.includes(member)) throw refused(member, "is no argument of this list");
  }
  const mode = args.mode ?? "page";
  if (mode === "delta") return checkDelta(args);
  if (mode !== "page") throw refused("mode", "must be page or delta");
  for (const member of ["after", "limit"]) {
    if (args[member] !== undefined && args[member] !== null) throw refused(member, "belongs to the mode delta");
  }
  const pagination = objectOf(args.pagination, "pagination");
  const orderBy = objectOf(args.orderBy, "orderBy");
  const field = orderBy.field ?? fields[0];
  if (!fields.includes(field as Field)) throw refused("orderBy.field", `must be one of ${fields.join(", ")}`);
  const direction = orderBy.direction ?? "DESC";
  if (direction !== "ASC" && direction !== "DESC") throw refused("orderBy.direction", "must be ASC or DESC");
  const { includeTotal = true } = args;
  if (typeof includeTotal !== "boolean") throw refused("includeTotal", "must be a boolean");
  const page = wholeNumber(pagination.page ?? 0, "pagination.page", 0, Number.MAX_SAFE_INTEGER / 100);
  const perPage = wholeNumber(pagination.perPage ?? 10, "pagination.perPage", 1, 100);
  return {
    mode,
    filters: args.filters,
    page,
    perPage,
    field: field as Field,
    isDescending: direction === "DESC",
    wantsTotal: includeTotal,
  };
}

function checkDelta({ filters, after, limit, ...rest }: Record<string, unknown>): CheckedDelta {
  for (const member of ["pagination", "orderBy", "includeTotal"]) {
    if (rest[member] !== undefined && rest[member] !== null) throw refused(member, "belongs to the mode page");
  }
  if (after !== undefined && after !== null && (typeof after !== "string" || after === "")) {
    throw refused("after", "must be a cursor");
  }
  return {
    mode: "delta",
    filters,
    after: (after as string | null | undefined) ?? undefined,
    limit: wholeNumber(limit ?? 10, "limit", 1, 100),
  };
}

/** Without a `total` it is what the page alone can say: how many rows there are up to its end. */
export const pageOf = (
  { page, perPage }: Pick<CheckedPage<string>, "page" | "perPage">,
  { rows, total, hasMore }: ListedRows,
): PaginationInfo => ({
  total: total ?? page * perPage + rows.length,
  page,
  perPage,
  hasMore,
});

/** The rows of a page; `total` where it was asked for. */
export interface ListedRows {
  readonly rows: readonly unknown[];
  readonly total: number | undefined;
  readonly hasMore: boolean;
}

export const noRows: ListedRows & { rows: never[] } = { rows: [], total: 0, hasMore: false };

/** A whole number, also as numeric text, as query strings have it. */
function wholeNumber(value: unknown, path: string, least: number, most: number): number {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isInteger(number) || number < least || number > most) {
    throw refused(path, `must be a whole number ${most === 100 ? "from 1 to 100" : "of at least 0"}`);
  }
  return number;
}

function objectOf(value: unknown, path: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw refused(path, "must be an object");
  return value as Record<string, unknown>;
}
