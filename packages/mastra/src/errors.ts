import { ErrorCategory, ErrorDomain, MastraError } from "@mastra/core/error";
import { isStorageError, type StorageError } from "@stowage/core";

/** Errors that callers recognise by name or by a member of their own; they pass through as they are. */
const recognisedByName = new Set([
  "SchemaValidationError",
  "SchemaUpdateValidationError",
  "DatasetItemIdentityConflictError",
]);

/** The host's error for one of ours: its own class, with its prefix in the id; anything else is left alone. */
export function toHostError(error: unknown): unknown {
  if (!isStorageError(error) || recognisedByName.has(error.name)) return error;
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
