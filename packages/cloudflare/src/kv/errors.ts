import { type ErrorCode, isStorageError, type Retry, StorageError } from "@stowage/core/engine";

/** A request to the REST interface that did not succeed. */
export class RestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "RestError";
    this.status = status;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The status in a failure: of the REST interface, or in the words of a binding (`KV PUT failed: 429 …`). */
function statusOf(error: unknown): number | undefined {
  if (error instanceof RestError) return error.status;
  const { status } = error as { status?: unknown };
  if (typeof status === "number") return status;
  const told = /\bfailed: (\d{3})\b/.exec(messageOf(error))?.[1];
  return told === undefined ? undefined : Number(told);
}

/** Whether a key was written too often, or too much was asked for in all; nothing was done. */
export const isTooOften = (error: unknown): boolean =>
  statusOf(error) === 429 || /too many (writes|requests)/i.test(messageOf(error));

/** Whether the answer to a bulk read would have been too large. */
export const isTooMuch = (error: unknown): boolean => statusOf(error) === 413;

/** KV's error as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const make = (text: string, code: ErrorCode, retry?: Retry) =>
    new StorageError(text, { code, ...(retry && { retry }), cause: error });
  const status = statusOf(error);
  if (/too many (API|KV|subrequest)|by single worker invocation|subrequest/i.test(messageOf(error))) {
    return make("the invocation has made as many requests as it may (1,000, or 50 on the free plan)", "resource_limit");
  }
  if (isTooOften(error)) return make("KV takes one write a second for each key, and so many requests in all", "busy");
  if (status === 401 || status === 403) return make("KV refused access", "permission");
  if (status === 413 || status === 414) return make("a record is larger than KV takes", "too_large");
  if (status === 404) return make("there is no such namespace", "unavailable", "permanent");
  if (status !== undefined && status < 500) return make("KV refused the request", "internal");
  return make("KV cannot be reached", "unavailable");
}
