import { HttpError } from "../api/errors.ts";

/** What can be wrong with a query, beyond its shape. */
export type QueryProblem =
  | "invalid_time_range"
  | "time_range_too_large"
  | "predicate_too_complex"
  | "field_not_allowed"
  | "operator_not_allowed"
  | "invalid_operands"
  | "invalid_literal"
  | "too_many_buckets"
  | "too_many_rows"
  | "group_order_not_supported"
  | "pagination_mode_conflict"
  | "group_pagination_not_supported";

export const invalidQuery = (problem: QueryProblem, field: string, message: string) =>
  new HttpError(400, `${field}: ${message}`, {
    code: "invalid_argument",
    issues: [{ field, message }],
    details: { id: "TRACE_QUERY_INVALID", problem },
  });

export const cursorMalformed = () =>
  new HttpError(400, "the cursor of the query is malformed", {
    code: "invalid_argument",
    details: { id: "TRACE_QUERY_CURSOR_MALFORMED" },
  });

export const cursorConflict = () =>
  new HttpError(409, "the cursor is that of another query", {
    code: "conflict",
    details: { id: "TRACE_QUERY_CURSOR_CONFLICT" },
  });
