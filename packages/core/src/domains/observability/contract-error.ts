import { type ErrorCode, type ErrorDetails, StorageError } from "../../errors.ts";

/** An error with one of the literal ids that callers of this domain match. */
export const contractError = (message: string, code: ErrorCode, id: string, details: ErrorDetails = {}): StorageError =>
  new StorageError(message, { code, id, domain: "MASTRA_OBSERVABILITY", details });
