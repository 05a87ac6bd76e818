import { invalid } from "../../errors.ts";

export interface PaginationInfo {
  total: number;
  page: number;
  perPage: number | false;
  hasMore: boolean;
}

/** Which page of a list is wanted. */
export interface PageRequest {
  /** Zero-based. Default 0. */
  page?: number;
  /** `false` for everything. Default 100. */
  perPage?: number | false;
}

export type SortDirection = "ASC" | "DESC";

/** A checked page: `limit` is `undefined` when everything is wanted. */
export interface CheckedPage {
  readonly page: number;
  readonly perPage: number | false;
  readonly offset: number;
  readonly limit: number | undefined;
}

/**
 * Checks page arguments before anything is read. `page` is zero-based, default 0; `perPage: false` means everything.
 *
 * @throws StorageError `INVALID_PAGE` with one of the messages that callers match.
 */
export function checkPage(
  page: unknown,
  perPage: unknown,
  defaultPerPage: number,
  maxOffset = Number.MAX_SAFE_INTEGER,
): CheckedPage {
  const number = page ?? 0;
  const size = perPage ?? defaultPerPage;
  if (!isCount(number)) throw invalid("page must be >= 0", "INVALID_PAGE", { page: scalar(page) });
  if (size !== false && !isCount(size))
    throw invalid("perPage must be >= 0", "INVALID_PAGE", { perPage: scalar(perPage) });
  if (size === false) return { page: number, perPage: false, offset: 0, limit: undefined };
  const offset = number * size;
  if (!Number.isSafeInteger(offset) || offset > maxOffset) {
    throw invalid("page value too large", "INVALID_PAGE", { page: number, perPage: size });
  }
  return { page: number, perPage: size, offset, limit: size };
}

/** The envelope of a page. */
export function pageInfo({ page, perPage, offset }: CheckedPage, rows: number, total: number): PaginationInfo {
  return { total, page, perPage, hasMore: perPage !== false && perPage > 0 && offset + rows < total };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const scalar = (value: unknown) => (typeof value === "object" ? typeof value : (String(value) as string));

/** The rows to ask for. `false` stands for all: the greatest safe integer. */
export function normalizePerPage(perPage: number | false | undefined, defaultPerPage: number): number {
  if (perPage === false) return Number.MAX_SAFE_INTEGER;
  if (perPage === undefined) return defaultPerPage;
  if (!isCount(perPage)) throw invalid("perPage must be >= 0", "INVALID_PAGE", { perPage: scalar(perPage) });
  return perPage;
}

/** Offset of a page and the `perPage` to echo. */
export function calculatePagination(
  page: number,
  perPage: number | false | undefined,
  normalized: number,
): { offset: number; perPage: number | false } {
  return { offset: perPage === false ? 0 : page * normalized, perPage: perPage === false ? false : normalized };
}

/**
 * A total that does not contradict the rows shown: where a database has no snapshots, some of them may have gone before they
 * were counted.
 */
export const totalBeside = (counted: number, offset: number, shown: number): number =>
  shown > 0 ? Math.max(counted, offset + shown) : counted;
