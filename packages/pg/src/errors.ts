import { type ErrorCode, type ErrorDetails, isStorageError, type Retry, StorageError } from "@stowage/core/engine";
import type { Violation } from "@stowage/sql";

/** What PostgreSQL tells of an error. Of these only names go into errors of ours: a detail or a message may hold values. */
interface ServerError {
  readonly code?: string;
  readonly severity?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly message?: string;
}

const asServerError = (error: unknown): ServerError => (typeof error === "object" && error !== null ? error : {});

/** The server's five characters, or the operating system's name of the failure. */
export const codeOf = (error: unknown): string => {
  const { code } = asServerError(error);
  return typeof code === "string" ? code : "";
};

const unreachable = new Set(["57P01", "57P02", "57P03", "08000", "08001", "08003", "08004", "08006"])
  .add("ECONNREFUSED")
  .add("ECONNRESET")
  .add("EPIPE")
  .add("ETIMEDOUT")
  .add("EHOSTUNREACH")
  .add("ENETUNREACH")
  .add("EAI_AGAIN");

/** Whether the server is away for now. */
const isUnreachable = (error: unknown): boolean =>
  unreachable.has(codeOf(error)) ||
  /^Connection terminated|not queryable$|^Connection ended/.test(asServerError(error).message ?? "");

/** Whether no connection can be made, however often it is tried: a name that nobody knows, or no encryption to agree on. */
const isUnattainable = (error: unknown): boolean =>
  /^ENOTFOUND$|^ERR_TLS|^ERR_SSL|^EPROTO$|CERT|^UNABLE_TO_VERIFY/.test(codeOf(error)) ||
  /SSL connection/.test(asServerError(error).message ?? "");

/** Whether the server knows what was wanted and does not do it there. */
export const isUnsupported = (error: unknown): boolean => codeOf(error) === "0A000";

/** Whether the session ends with this error. */
export const endsSession = (error: unknown): boolean =>
  ["FATAL", "PANIC"].includes(asServerError(error).severity ?? "");

/** Whether a client waited in vain for a connection of its pool, or for an answer. */
const isTimeout = (error: unknown): boolean =>
  /^timeout exceeded when trying to connect|^Query read timeout|^timeout expired|due to connection timeout/.test(
    asServerError(error).message ?? "",
  );

/** A division by zero is how a statement of ours says that something expected does not hold. */
export function violation(error: unknown): Violation | undefined {
  const { code, constraint } = asServerError(error);
  if (code === "22012") return { kind: "guard" };
  return code === "23505"
    ? { kind: "unique", columns: [], ...(constraint !== undefined && { constraint }) }
    : undefined;
}

const codes: Readonly<Record<string, readonly [ErrorCode, Retry?]>> = {
  // Lost against another transaction, or no slot left: nothing of it happened, so it may be tried again.
  "40001": ["busy"],
  "40P01": ["busy"],
  "55P03": ["busy"],
  "53300": ["busy"],
  // Above all: other transactions have filled the table of locks.
  "53200": ["resource_limit", "temporary"],
  // A prepared statement that is not there any more, or there already. It is not relied on again.
  "26000": ["busy"],
  "42P05": ["busy"],
  "22008": ["invalid_argument"],
  "53000": ["resource_limit"],
  "53100": ["resource_limit"],
  "53400": ["resource_limit"],
  "54000": ["too_large"],
  "54001": ["too_large"],
  "54011": ["too_large"],
  "54023": ["too_large"],
  "57014": ["timeout", "permanent"],
  "25006": ["permission"],
  "28000": ["permission"],
  "28P01": ["permission"],
  "42501": ["permission"],
  "3D000": ["schema"],
  "3F000": ["not_initialised"],
  XX001: ["corrupt"],
  XX002: ["corrupt"],
};

const messages: Partial<Record<ErrorCode, string>> = {
  busy: "the database was too busy with others",
  unavailable: "the database cannot be reached",
  timeout: "the database took too long",
  resource_limit: "the database ran out of space, memory or connections",
  invalid_argument: "PostgreSQL keeps instants from 4714 BC on",
  too_large: "a value or a statement is larger than the database takes",
  permission: "the database refused access",
  corrupt: "the database is damaged",
  schema: "the database does not exist",
};

/** An error of the client or of the server as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const code = codeOf(error);
  const details: ErrorDetails = code ? { sqlstate: code } : {};
  if (code === "42P01" || code === "3F000") {
    return new StorageError("the storage is not initialised: a table is missing; call init()", {
      code: "not_initialised",
      details,
      cause: error,
    });
  }
  if (["42703", "42704", "42P10", "42804"].includes(code)) {
    return new StorageError("the tables in the database are not those this version needs; call init()", {
      code: "schema",
      details,
      cause: error,
    });
  }
  const make = (ours: ErrorCode, retry?: Retry) =>
    new StorageError(messages[ours] ?? "the database failed", {
      code: ours,
      details,
      ...(retry && { retry }),
      cause: error,
    });
  // A column has another type since; the next time the statement is parsed again.
  if (code === "0A000" && asServerError(error).message?.startsWith("cached plan")) return make("busy");
  const known = codes[code];
  if (known) return make(...known);
  if (isUnreachable(error)) return make("unavailable");
  if (isUnattainable(error)) return make("unavailable", "permanent");
  if (isTimeout(error)) return make("timeout");
  return make("internal");
}

/** A write was sent, and whether it was applied cannot be established. */
export const unknownOutcome = (cause: unknown): StorageError =>
  new StorageError("the connection broke before the database said whether the write was applied", {
    code: "unknown_outcome",
    details: codeOf(cause) ? { sqlstate: codeOf(cause) } : {},
    cause,
  });
