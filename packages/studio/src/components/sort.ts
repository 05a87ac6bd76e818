import type { Sort } from "./column.ts";

/** A sort of the URL as the server takes it. */
export function orderByOf(sort: Sort): { field: string; direction: "ASC" | "DESC" } {
  return sort.startsWith("-") ? { field: sort.slice(1), direction: "DESC" } : { field: sort, direction: "ASC" };
}
