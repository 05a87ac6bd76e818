import { type ErrorCode, isStorageError, isUnsent, type Retry, StorageError } from "@stowage/core/engine";

/** What a failure means, and whether DynamoDB certainly did nothing. */
interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retry?: Retry;
}

const busy: Meaning = { code: "busy", message: "DynamoDB is throttling requests" };
const down: Meaning = { code: "unavailable", message: "DynamoDB cannot be reached or is failing" };
const denied: Meaning = { code: "permission", message: "DynamoDB refused access" };
const missing: Meaning = {
  code: "not_initialised",
  message: "the DynamoDB table does not exist; make it from the template in the documentation, or set createTable",
};
const large: Meaning = { code: "too_large", message: "the request is larger than DynamoDB takes" };

const byName: Readonly<Record<string, Meaning>> = {
  ProvisionedThroughputExceededException: busy,
  ThrottlingException: busy,
  Throttling: busy,
  RequestLimitExceeded: busy,
  LimitExceededException: busy,
  TransactionConflictException: busy,
  TransactionInProgressException: busy,
  InternalServerError: down,
  InternalFailure: down,
  ServiceUnavailable: down,
  TimeoutError: down,
  RequestTimeout: down,
  RequestTimeoutException: down,
  ResourceNotFoundException: missing,
  AccessDeniedException: denied,
  UnrecognizedClientException: denied,
  InvalidSignatureException: denied,
  MissingAuthenticationTokenException: denied,
  CredentialsProviderError: denied,
  ExpiredTokenException: denied,
  ItemCollectionSizeLimitExceededException: {
    code: "resource_limit",
    message: "a partition of the table is larger than it may be",
  },
  RequestEntityTooLarge: large,
};

/** Names with which the server says that it did not begin. */
const refusals = new Set(
  Object.keys(byName).filter(
    (name) => !["InternalServerError", "InternalFailure", "ServiceUnavailable"].includes(name) && !/Timeout/.test(name),
  ),
);

interface Told {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  readonly status: number | undefined;
}

function told(error: unknown): Told {
  if (typeof error !== "object" || error === null) return { name: "", message: "", code: "", status: undefined };
  const { name, message, code, $metadata } = error as {
    name?: string;
    message?: string;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  return {
    name: name ?? "",
    message: message ?? "",
    code: typeof code === "string" ? code : "",
    status: $metadata?.httpStatusCode,
  };
}

/** The first reason for which a transaction was cancelled, by the name of the error that says the same of one item. */
function reasonOf(error: unknown): string {
  const { CancellationReasons: reasons } = (error ?? {}) as { CancellationReasons?: { Code?: string }[] };
  const code = reasons?.find(({ Code }) => Code !== undefined && Code !== "None")?.Code;
  return code === undefined ? "" : `${code}Exception`;
}

function meaningOf(error: unknown): Meaning {
  const { name, message, code, status } = told(error);
  const known = byName[name] ?? byName[reasonOf(error)];
  if (known) return known;
  if (name === "ValidationException") {
    if (/size|exceeded|too large/i.test(message)) return large;
    return { code: "internal", message: "DynamoDB did not understand the request" };
  }
  if (name === "AbortError") return { code: "aborted", message: "the call was aborted" };
  if ((status ?? 0) >= 500 || status === 429 || /^E[A-Z]+$/.test(code) || /socket|network/i.test(message)) return down;
  return { code: "internal", message: "DynamoDB failed" };
}

/** A failure of the client as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const { code, message, retry } = meaningOf(error);
  return new StorageError(message, { code, cause: error, ...(retry && { retry }) });
}

/** Whether the request may have been carried out though it failed. */
export function isUncertain(error: unknown): boolean {
  if (isStorageError(error)) return error.code === "unknown_outcome";
  const { name, status } = told(error);
  if (refusals.has(name) || isUnsent(error)) return false;
  return status === undefined || status >= 500;
}

/** Whether the same request may well be carried out in a moment. */
export function isPassing(error: unknown): boolean {
  const { code } = meaningOf(error);
  return code === "busy" || code === "unavailable";
}

export const unknownOutcome = (cause: unknown): StorageError =>
  new StorageError("the connection broke before DynamoDB said whether the write was applied", {
    code: "unknown_outcome",
    cause,
  });
