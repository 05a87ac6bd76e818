import { ErrorCategory, ErrorDomain, MastraError } from "@mastra/core/error";
import * as hostStorage from "@mastra/core/storage";
import { isStorageError, type StorageError } from "@stowage/core";

/** Errors that callers recognise by name or by a member of their own; they pass through as they are. */
const recognisedByName = new Set([
  "SchemaValidationError",
  "SchemaUpdateValidationError",
  "DatasetItemIdentityConflictError",
]);

/** Errors of queries that the host recognises by classes of its own, by the id they have here. */
const queryErrors: Record<string, string> = {
  TRACE_QUERY_CURSOR_MALFORMED: "TraceQueryCursorError",
  TRACE_QUERY_CURSOR_CONFLICT: "TraceQueryCursorError",
  TRACE_QUERY_EXECUTION_TIMEOUT: "TraceQueryExecutionError",
  TRACE_QUERY_RESOURCE_LIMIT: "TraceQueryResourceLimitError",
};

/** The host's own query error; `undefined` for other errors, and on copies of core that know no queries. */
function toQueryError({ id }: StorageError): unknown {
  const className = Object.hasOwn(queryErrors, id) ? (queryErrors[id] as string) : undefined;
  const found = className === undefined ? undefined : (hostStorage as Record<string, unknown>)[className];
  return typeof found === "function" ? new (found as new (code: string) => Error)(id) : undefined;
}

/** The host's error for one of ours: its own class, with its prefix in the id; anything else is left alone. */
export function toHostError(error: unknown): unknown {
  if (!isStorageError(error) || recognisedByName.has(error.name)) return error;
  const queryError = toQueryError(error);
  if (queryError) return queryError;
  const hostError = new MastraError(
    {
      id: hostId(error) as Uppercase<string>,
      domain: error.domain === "MASTRA_OBSERVABILITY" ? ErrorDomain.MASTRA_OBSERVABILITY : ErrorDomain.STORAGE,
      category: ErrorCategory[error.category],
      text: error.message,
      details: withoutNulls({ ...error.details, code: error.code, retry: error.retry }),
    },
    error,
  );
  // The host builds its message from `text` or from the cause; callers match on ours.
  if (!hostError.message.includes(error.message)) Object.defineProperty(hostError, "message", { value: error.message });
  return hostError;
}

/** `STOWAGE_LIBSQL_…` becomes `MASTRA_STORAGE_LIBSQL_…`; ids that callers match stay. */
const hostId = ({ id }: StorageError): string => id.replace(/^STOWAGE_/, "MASTRA_STORAGE_");

function withoutNulls(
  details: Record<string, string | number | boolean | null>,
): Record<string, string | number | boolean> {
  return Object.fromEntries(Object.entries(details).filter(([, value]) => value !== null)) as Record<
    string,
    string | number | boolean
  >;
}
