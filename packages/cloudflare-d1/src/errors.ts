import { type ErrorCode, isStorageError, isUnsent, type Retry, StorageError } from "@stowage/core/engine";
import { schemaErrorIn, type Violation, violationIn } from "@stowage/sql";

/** A request to the REST interface that did not succeed. */
export class RestError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "RestError";
    this.status = status;
  }
}

/** A request to the REST interface without an answer of D1: the connection failed, or something in between answered. */
export class NoAnswer extends Error {
  /** Whether it surely did not get there. */
  readonly isUnsent: boolean;

  constructor(cause: unknown) {
    super("the REST interface gave no answer", { cause });
    this.name = "NoAnswer";
    this.isUnsent = isUnsent(cause);
  }
}

const messageOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);

/** The unique key, or the guard, that refused a statement. */
export const violation = (error: unknown): Violation | undefined => violationIn(messageOf(error));

/** What D1 says when a request may be sent again, and whether it then had not begun to run it. */
const passing: readonly (readonly [message: RegExp, unsent: boolean])[] = [
  [/overloaded|too many requests queued|queued for too long/i, true],
  [/cannot resolve D1 DB/i, true],
  [/network connection lost|client disconnected|connection (was )?(closed|reset)/i, false],
  [/(object to be|was) reset|reset because its code was updated/i, false],
  [/internal error|storage operation exceeded timeout|D1 is temporarily|fetch failed|network error/i, false],
];

function passes(error: unknown): { readonly unsent: boolean } | undefined {
  if (error instanceof NoAnswer) return { unsent: error.isUnsent };
  if (error instanceof RestError) {
    if (error.status === 429) return { unsent: true };
    if (error.status >= 500) return { unsent: false };
  }
  const message = messageOf(error);
  const known = isExhausted(message) ? undefined : passing.find(([text]) => text.test(message));
  return known && { unsent: known[1] };
}

const isExhausted = (message: string): boolean =>
  /exceeded (its|the|maximum)|maximum DB size|database or disk is full|memory limit|CPU (time )?limit/i.test(message);

/** Whether nobody can know if a write that failed so was applied. */
export function isUnknown(error: unknown): boolean {
  return passes(error)?.unsent === false || isExhausted(messageOf(error));
}

/** D1's error as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const message = messageOf(error);
  const make = (text: string, code: ErrorCode, retry?: Retry) =>
    new StorageError(text, { code, ...(retry && { retry }), cause: error });
  const schema = schemaErrorIn(message, error);
  if (schema) return schema;
  if (isExhausted(message)) return make("the database ran out of space, memory or time", "resource_limit");
  if (error instanceof RestError) {
    if (error.status === 401 || error.status === 403) return make("D1 refused access", "permission");
    if (error.status === 404) return make("D1 knows no such database", "unavailable", "permanent");
    if (error.status === 413) return make("the request is larger than D1 takes", "too_large");
    if (error.status === 429) return make("D1 takes no more requests for now", "busy");
  }
  if (passes(error)) return make("D1 cannot be reached", "unavailable");
  return make("D1 failed", "internal");
}

/** What the failure of a write means: one that may have been applied is told apart from one that surely was not. */
export function translateWrite(error: unknown): unknown {
  if (isStorageError(error) || !isUnknown(error)) return error;
  return new StorageError("the connection broke before D1 answered; the write may have been applied", {
    code: "unknown_outcome",
    cause: error,
  });
}
