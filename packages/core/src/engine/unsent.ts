/** Codes of system calls, and of Node's `fetch`, for a connection that was never made. */
const codes = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether a client's error, or one below it, says that nobody was reached, so that surely nothing was sent. */
export function isUnsent(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { code, cause } = error as { readonly code?: unknown; readonly cause?: unknown };
  if (typeof code === "string" && codes.has(code)) return true;
  // Of several addresses that were tried each has an error of its own.
  const tried = error instanceof AggregateError ? error.errors : [];
  return tried.length > 0 ? tried.every(isUnsent) : isUnsent(cause);
}
