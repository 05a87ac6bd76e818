import { type ErrorCode, isStorageError, type Retry, StorageError } from "@stowage/core/engine";

/**
 * What became of a request that failed: the server `refused` it, it was `unsent`, or nobody knows. Only in the last case may
 * a write have been applied.
 */
export type Fate = "refused" | "unsent" | "unknown";

/** A failure in our words. */
export interface Failure {
  readonly fate: Fate;
  readonly code: ErrorCode;
  readonly retry?: Retry;
}

/** Words with which a server begins its refusals, or has in them where a script was running. */
const words: readonly (readonly [RegExp, ErrorCode, Retry?])[] = [
  [/\b(LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|READONLY|NOREPLICAS|MISCONF|MOVED|ASK)\b/, "unavailable"],
  [/max number of clients/i, "busy"],
  [/\bBUSY\b/, "busy"],
  [/\b(NOAUTH|WRONGPASS|NOPERM)\b|invalid username-password|unauthorized|WRONG_?TOKEN/i, "permission"],
  [/\bOOM\b|max daily request|max monthly|storage limit|quota/i, "resource_limit"],
  [/max request size|max record size|request too large|invalid bulk length|too big/i, "too_large"],
  [/rate limit|too many requests|max concurrent|max commands per second/i, "busy"],
  [/\bWRONGTYPE\b/, "schema"],
  [/unknown command|not supported|CROSSSLOT/i, "unsupported"],
];

const unsent = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|CONNECT_TIMEOUT/;
const unsentNames = new Set([
  "ClientOfflineError",
  "ConnectionTimeoutError",
  "ReconnectStrategyError",
  "RootNodesUnavailableError",
]);
const replyNames = new Set(["ErrorReply", "SimpleError", "BlobError", "ReplyError"]);

/** What a client's error means. */
export function classify(error: unknown): Failure {
  const { name, message, code } = told(error);
  if (replyNames.has(name)) return refusal(message);
  // Its owner closed it: waiting helps nobody.
  if (name === "ClientClosedError") return { fate: "unsent", code: "unavailable", retry: "permanent" };
  if (unsentNames.has(name) || unsent.test(code) || unsent.test(message))
    return { fate: "unsent", code: "unavailable" };
  return { fate: "unknown", code: "unavailable" };
}

/** What a server's own words mean. */
export function refusal(message: string): Failure {
  const [, code, retry] = words.find(([pattern]) => pattern.test(message)) ?? [undefined, "internal" as const];
  return { fate: "refused", code, ...(retry && { retry }) };
}

interface Told {
  /** The error's name, or that of its class: not every client's errors have one. */
  readonly name: string;
  readonly message: string;
  readonly code: string;
}

function told(error: unknown): Told {
  if (typeof error !== "object" || error === null) return { name: "", message: String(error), code: "" };
  const { name, message, code, cause } = error as Partial<Record<"name" | "message" | "code" | "cause", unknown>>;
  const inner = typeof cause === "object" && cause !== null ? told(cause).code : "";
  return {
    name: typeof name === "string" && name !== "Error" ? name : (error.constructor?.name ?? ""),
    message: typeof message === "string" ? message : "",
    code: typeof code === "string" ? code : inner,
  };
}

const messages: Partial<Record<ErrorCode, string>> = {
  unavailable: "Redis cannot be reached or does not take requests at the moment",
  busy: "Redis was too busy with others",
  permission: "Redis refused access",
  resource_limit: "Redis ran out of memory, or of what the plan allows",
  too_large: "the request is larger than Redis takes",
  schema: "a key of the store holds something else",
  unsupported: "this Redis lacks what the store needs",
};

/** A client's error as one of ours. */
export function translate(error: unknown, meaningOf: (error: unknown) => Failure = classify): StorageError {
  if (isStorageError(error)) return error;
  const { code, retry } = meaningOf(error);
  return new StorageError(messages[code] ?? "Redis failed", { code, ...(retry && { retry }), cause: error });
}

/** A write was sent, and whether it was applied cannot be established. */
export const unknownOutcome = (cause: unknown): StorageError =>
  new StorageError("the connection broke before Redis said whether the write was applied", {
    code: "unknown_outcome",
    cause,
  });
