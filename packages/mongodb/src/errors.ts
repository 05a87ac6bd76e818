import { type ErrorCode, type ErrorDetails, isStorageError, type Retry, StorageError } from "@stowage/core/engine";

type Loose = Readonly<Record<string, unknown>>;

/** Codes of the server by what they mean for a caller. Everything else is `internal`. */
const codes: Readonly<Record<number, readonly [code: ErrorCode, retry?: Retry]>> = {
  6: ["unavailable"], // HostUnreachable
  7: ["unavailable"], // HostNotFound
  89: ["unavailable"], // NetworkTimeout
  91: ["unavailable"], // ShutdownInProgress
  189: ["unavailable"], // PrimarySteppedDown
  9001: ["unavailable"], // SocketException
  10058: ["unavailable"], // NotPrimaryNoSecondaryOk of old
  10107: ["unavailable"], // NotWritablePrimary
  11600: ["unavailable"], // InterruptedAtShutdown
  11602: ["unavailable"], // InterruptedDueToReplStateChange
  13435: ["unavailable"], // NotPrimaryNoSecondaryOk
  13436: ["unavailable"], // NotPrimaryOrSecondary
  134: ["unavailable"], // ReadConcernMajorityNotAvailableYet
  246: ["unavailable"], // SnapshotUnavailable
  24: ["busy"], // LockTimeout
  46: ["busy"], // LockBusy
  112: ["busy"], // WriteConflict
  239: ["busy"], // SnapshotTooOld
  251: ["busy"], // NoSuchTransaction
  117: ["busy"], // ConflictingOperationInProgress
  50: ["timeout"], // MaxTimeMSExpired
  262: ["timeout"], // ExceededTimeLimit
  64: ["unknown_outcome"], // WriteConcernFailed
  13: ["permission"], // Unauthorized
  18: ["permission"], // AuthenticationFailed
  8000: ["permission"], // AtlasError: credentials
  10334: ["too_large"], // BSONObjectTooLarge
  17419: ["too_large"], // document too large after an update
  146: ["resource_limit"], // ExceededMemoryLimit
  292: ["resource_limit"], // QueryExceededMemoryLimitNoDiskUseAllowed
};

const messages: Partial<Record<ErrorCode, string>> = {
  busy: "the database could not take the call beside others",
  internal: "the database refused a command",
  permission: "the database refused the credentials or the right",
  resource_limit: "the database ran out of a resource",
  schema: "the database could not make what the storage needs",
  timeout: "the database did not answer in time",
  too_large: "a record is larger than the database takes",
  unavailable: "the database cannot be reached",
  unknown_outcome: "the connection broke before the database said whether the write was applied",
};

const named = (error: unknown): string => (error instanceof Error ? error.name : "");
const codeOf = (error: unknown): number | undefined => {
  const { code } = (typeof error === "object" && error !== null ? error : {}) as Loose;
  return typeof code === "number" ? code : undefined;
};

/** Whether the driver or the server put this label on an error. */
export const hasLabel = (error: unknown, label: string): boolean =>
  error instanceof Error &&
  typeof (error as unknown as Loose).hasErrorLabel === "function" &&
  (error as unknown as { hasErrorLabel(label: string): boolean }).hasErrorLabel(label);

const network = new Set([
  "MongoNetworkError",
  "MongoNetworkTimeoutError",
  "MongoServerSelectionError",
  "MongoTopologyClosedError",
  "MongoNotConnectedError",
  "MongoPoolClearedError",
  "PoolClearedOnNetworkError",
  "MongoClientClosedError",
  "MongoServerClosedError",
  "PoolClosedError",
  "WaitQueueTimeoutError",
]);
const timeouts = new Set(["MongoOperationTimeoutError"]);
/** What the server says when it gave a command up half way; its driver would have sent the command again. */
const interrupted = new Set([6, 7, 89, 91, 189, 9001, 10058, 10107, 11600, 11602, 13435, 13436, 262, 64, 50]);

const hasFailedConcern = (error: unknown): boolean =>
  named(error) === "MongoWriteConcernError" ||
  (typeof error === "object" &&
    error !== null &&
    typeof (error as { result?: { getWriteConcernError?: unknown } }).result?.getWriteConcernError === "function" &&
    Boolean((error as { result: { getWriteConcernError(): unknown } }).result.getWriteConcernError()));

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error &&
  /larger than the maximum|exceeds? maximum (document|message)|BSONObj size/i.test(error.message);

/** A bulk write that failed without a word of the server: the driver wraps what happened to the connection. */
const isCutShort = (error: unknown): boolean =>
  named(error) === "MongoBulkWriteError" &&
  codeOf(error) === undefined &&
  [(error as { writeErrors?: unknown }).writeErrors ?? []].flat().length === 0;

/** Whether a write that failed in this way may have been applied all the same. */
export function mayBeApplied(error: unknown): boolean {
  if (hasFailedConcern(error)) return true;
  if (hasLabel(error, "NoWritesPerformed")) return false;
  if (named(error) === "WaitQueueTimeoutError" || isTooLarge(error)) return false;
  return (
    isCutShort(error) || network.has(named(error)) || timeouts.has(named(error)) || interrupted.has(codeOf(error) ?? -1)
  );
}

/** Whether a transaction that failed in this way left nothing behind and may be tried anew at once. */
export const isTransient = (error: unknown): boolean =>
  hasLabel(error, "TransientTransactionError") || codeOf(error) === 112;

/** Whether a unique index refused a write. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === 11000 || codeOf(error) === 11001;

/** Whether the server does not know a command. */
export const isUnknownCommand = (error: unknown): boolean => codeOf(error) === 59;

/**
 * CommandNotFound, CommandNotSupported, NotImplemented, an unknown field of a command, an unknown stage of a pipeline; and
 * Amazon DocumentDB's codes of a feature and of a stage that it does not support.
 */
const lacks = new Set([59, 115, 238, 40415, 40324, 303, 304]);

/** Whether the server does not know a command, or a part of it. */
export const isLacking = (error: unknown): boolean => lacks.has(codeOf(error) ?? -1);

/** Text without what stands before an `@` in an address: a driver quotes connection strings. */
export const redact = (text: string): string => text.replace(/\/\/[^\s/@]*(?:@[^\s/@]*)*@/g, "//***@");

/** What may be told of a driver's error: its name, code and message, without addresses' credentials and without its parts. */
function causeOf(error: unknown): Error {
  const told = new Error(redact(error instanceof Error ? error.message : String(error)).slice(0, 500));
  told.name = named(error) || "Error";
  told.stack = `${told.name}: ${told.message}`;
  const code = codeOf(error);
  return code === undefined ? told : Object.assign(told, { code });
}

/** Any error of the driver or the server as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const number = codeOf(error);
  const details: ErrorDetails = number === undefined ? {} : { mongodb: number };
  const make = (code: ErrorCode, retry?: Retry) =>
    new StorageError(messages[code] ?? "the database failed", {
      code,
      details,
      ...(retry && { retry }),
      cause: causeOf(error),
    });
  if (hasFailedConcern(error)) return make("unknown_outcome");
  const known = number === undefined ? undefined : codes[number];
  if (known) return make(...known);
  if (timeouts.has(named(error))) return make("timeout");
  if (isTooLarge(error)) return make("too_large");
  if (isCutShort(error) || network.has(named(error))) return make("unavailable");
  return make("internal");
}

/** A write was sent, and whether it was applied cannot be established. */
export function unknownOutcome(error: unknown): StorageError {
  const number = codeOf(error);
  return new StorageError(messages.unknown_outcome ?? "", {
    code: "unknown_outcome",
    details: number === undefined ? {} : { mongodb: number },
    cause: causeOf(error),
  });
}

/** The error of a write outside of transactions: never one that promises too much. */
export const translateWrite = (error: unknown): StorageError =>
  !isStorageError(error) && mayBeApplied(error) ? unknownOutcome(error) : translate(error);
