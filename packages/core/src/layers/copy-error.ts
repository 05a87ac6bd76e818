import { ConflictError, isConflict, type Retry, StorageError } from "../errors.ts";

/**
 * An error of its own with the same content. The wrapper above a domain writes into an error, so callers never share one.
 * The original becomes the cause when `retry` is changed.
 */
export function copyError(error: StorageError, retry?: Retry): StorageError {
  const options = { retry: retry ?? error.retry, cause: retry === undefined ? error.cause : error };
  if (isConflict(error)) return new ConflictError(error.refusal, options);
  const { message, code, category, domain, details, statusWord: status, id, hasFixedId } = error;
  return new StorageError(message, { code, category, domain, details, status, ...(hasFixedId && { id }), ...options });
}
