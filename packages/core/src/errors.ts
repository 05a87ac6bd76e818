/** Every error code there is. Codes are stable, wording is not. `docs/errors.md` has a paragraph for each. */
export const errorCodes = [
  "invalid_argument",
  "not_found",
  "already_exists",
  "conflict",
  "unsupported",
  "not_initialised",
  "schema",
  "too_large",
  "resource_limit",
  "timeout",
  "aborted",
  "closed",
  "unavailable",
  "busy",
  "unknown_outcome",
  "corrupt",
  "permission",
  "internal",
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** Whose fault: the caller's, the database's, or ours. */
export type ErrorCategory = "USER" | "THIRD_PARTY" | "SYSTEM";

/** Whether to try again: never, later, or later although the retries made here ran out. */
export type Retry = "permanent" | "temporary" | "exhausted";

export type ErrorDetails = Record<string, string | number | boolean | null>;

export interface StorageErrorOptions {
  code: ErrorCode;
  /** A fixed id that callers match. Absent: made from store, operation and `status` when the error leaves the domain. */
  id?: string;
  /** Status word of the id, such as `INVALID_PAGE`. Default: `FAILED`. */
  status?: string;
  /** Default: by the code. */
  category?: ErrorCategory;
  /** Default `STORAGE`. */
  domain?: string;
  details?: ErrorDetails;
  /** Default: by the code. */
  retry?: Retry;
  cause?: unknown;
}

const brand = Symbol.for("stowage.StorageError");

const userStatus: Partial<Record<ErrorCode, number>> = {
  invalid_argument: 400,
  not_found: 404,
  already_exists: 409,
  conflict: 409,
};
const thirdParty = new Set<ErrorCode>(["unavailable", "busy", "timeout", "unknown_outcome", "permission", "corrupt"]);
const temporary = new Set<ErrorCode>(["unavailable", "busy", "timeout"]);

/**
 * The one error of Stowage. `details` holds flat scalars: always the domain key, the operation and the keys concerned once
 * the error has left a domain, and for the caller's own mistakes `status` with the HTTP meaning (400, 404, 409).
 * Recognise it with {@link isStorageError}, which also works across two copies of the package.
 */
export class StorageError extends Error {
  readonly [brand] = true;
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly domain: string;
  readonly details: ErrorDetails;
  readonly retry: Retry;
  readonly statusWord: string;
  /** Stable identifier, for instance `STOWAGE_LIBSQL_LIST_THREADS_INVALID_PAGE`. */
  id: string;
  /** True when the id is one that callers match, and not made from store and operation. */
  readonly hasFixedId: boolean;

  constructor(message: string, options: StorageErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StorageError";
    this.code = options.code;
    const status = userStatus[options.code];
    this.category = options.category ?? (status ? "USER" : thirdParty.has(options.code) ? "THIRD_PARTY" : "SYSTEM");
    this.domain = options.domain ?? "STORAGE";
    this.details = { ...options.details };
    if (this.category === "USER" && this.details.status === undefined) this.details.status = status ?? 400;
    this.retry = options.retry ?? (temporary.has(options.code) ? "temporary" : "permanent");
    this.statusWord = options.status ?? "FAILED";
    this.id = options.id ?? `STOWAGE_${this.statusWord}`;
    this.hasFixedId = options.id !== undefined;
  }

  toJSON() {
    const { id, code, domain, category, message, details, retry } = this;
    return { id, code, domain, category, message, details, retry };
  }
}

/** Why an operation of a batch was refused. */
export interface Refusal {
  /** Position of the refused operation: the lowest whose expectation or taken key refuses, else the first unique key. */
  readonly index: number;
  readonly table: string;
  /** Readable form of the key. */
  readonly key: string;
  readonly reason: "absent" | "exists" | "rev" | "unique";
  /** Name of the unique key, when that is the reason. */
  readonly unique?: string;
}

/** A precondition or a unique key refused a batch; at the levels `native` and `journal` nothing of it was written. */
export class ConflictError extends StorageError {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options: { retry?: Retry; cause?: unknown } = {}) {
    const { index, table, key, reason, unique } = refusal;
    super("a record is not as the write expected", {
      code: "conflict",
      status: "CONFLICT",
      details: { table, key, reason, index, ...(unique ? { unique } : {}) },
      ...options,
    });
    this.name = "ConflictError";
    this.refusal = refusal;
  }
}

export function isStorageError(error: unknown): error is StorageError {
  return typeof error === "object" && error !== null && (error as { [brand]?: unknown })[brand] === true;
}

export function isConflict(error: unknown): error is ConflictError {
  return isStorageError(error) && error.code === "conflict" && "refusal" in error;
}

/** Bad input of the caller: 400. */
export const invalid = (message: string, status: string, details?: ErrorDetails, id?: string): StorageError =>
  new StorageError(message, { code: "invalid_argument", status, ...(details && { details }), ...(id && { id }) });

/** A target that does not exist: 404. */
export const notFound = (message: string, details?: ErrorDetails, id?: string, status = "NOT_FOUND"): StorageError =>
  new StorageError(message, { code: "not_found", status, ...(details && { details }), ...(id && { id }) });

const word = (name: string) =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();

/**
 * Adds what only the wrapper above a domain knows: store, domain key and operation. The outermost operation gives the name.
 * Anything that is no storage error becomes one with the code `internal`.
 */
export function inOperation(error: unknown, store: string, domainKey: string, operation: string): StorageError {
  const storageError = isStorageError(error)
    ? error
    : new StorageError("the operation failed", { code: "internal", cause: error });
  storageError.details.domain = domainKey;
  storageError.details.operation = operation;
  if (!storageError.hasFixedId) {
    storageError.id = `STOWAGE_${word(store)}_${word(operation)}_${storageError.statusWord}`;
  }
  return storageError;
}
