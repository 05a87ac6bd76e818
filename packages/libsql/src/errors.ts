import { type ErrorCode, isStorageError, isUnsent, type Retry, StorageError } from "@stowage/core/engine";
import type { Violation } from "@stowage/sql";

/** What the drivers hang on an error: SQLite's number, extended or not, and a name that some carry instead. */
interface DriverError {
  readonly message?: string;
  readonly code?: string;
  readonly extendedCode?: string;
  readonly rawCode?: number;
  readonly cause?: unknown;
}

const resultNames = ["OK", "ERROR", "INTERNAL", "PERM", "ABORT", "BUSY", "LOCKED", "NOMEM", "READONLY", "INTERRUPT"]
  .concat(["IOERR", "CORRUPT", "NOTFOUND", "FULL", "CANTOPEN", "PROTOCOL", "EMPTY", "SCHEMA", "TOOBIG", "CONSTRAINT"])
  .concat(["MISMATCH", "MISUSE", "NOLFS", "AUTH", "FORMAT", "RANGE", "NOTADB"]);

/** SQLite's primary result name without `SQLITE_`, or the client's own code. */
function nameOf({ rawCode, code = "", extendedCode, message = "" }: DriverError): string {
  // A file that cannot be opened is told in the message alone.
  const number = rawCode ?? /Unable to open connection to local database .*: (\d+)/.exec(message)?.[1];
  if (number !== undefined) return resultNames[Number(number) & 0xff] ?? code;
  const name = (extendedCode ?? code).replace(/^SQLITE_/, "");
  return resultNames.find((known) => name === known || name.startsWith(`${known}_`)) ?? name;
}

/** Whether another connection holds what this one needs; the whole transaction may be tried again. */
export function isBusy(error: unknown): boolean {
  if (typeof error !== "object" || error === null || isStorageError(error)) return false;
  const name = nameOf(error as DriverError);
  // A failed COMMIT of a batch reaches the client as an abort of what follows it, with the reason in the message.
  return (
    name === "BUSY" || name === "LOCKED" || /database (table )?is locked/.test((error as DriverError).message ?? "")
  );
}

/** The unique key, or the guard, that refused a statement. */
export function violation(error: unknown): Violation | undefined {
  const message = (error as DriverError | undefined)?.message ?? "";
  const unique = /UNIQUE constraint failed: (.+?)(?:\s*\(|$)/.exec(message)?.[1];
  if (unique)
    return { kind: "unique", columns: unique.split(", ").map((name) => name.slice(name.lastIndexOf(".") + 1)) };
  return /CHECK constraint failed/.test(message) ? { kind: "guard" } : undefined;
}

/** Failures of the way to a server, with no answer of the database in them. */
const wayNames = [
  "SERVER_ERROR",
  "HRANA_WEBSOCKET_ERROR",
  "HRANA_CLOSED_ERROR",
  "HRANA_PROTO_ERROR",
  "INTERNAL_ERROR",
  "UNKNOWN",
];

/**
 * What became of a write that failed: the database `refused` it, it was never sent (`unsent`) or not let in, or that is
 * `unknown`. Only in the last case may anything have been written.
 */
export function fateOf(error: unknown): "refused" | "unsent" | "unknown" {
  const driver = error as DriverError;
  if (isUnreachable(driver)) return isUnsent(error) ? "unsent" : "unknown";
  if (!wayNames.includes(driver.code ?? "")) return "refused";
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 ? "unsent" : "unknown";
}

const statusOf = (error: unknown): number | undefined =>
  (error as { cause?: { status?: unknown } }).cause?.status as number | undefined;

const codes: Readonly<Record<string, [ErrorCode, Retry?]>> = {
  BUSY: ["busy", "exhausted"],
  LOCKED: ["busy", "exhausted"],
  PERM: ["permission"],
  AUTH: ["permission"],
  READONLY: ["permission"],
  BLOCKED: ["permission"],
  NOMEM: ["resource_limit"],
  FULL: ["resource_limit"],
  TOOBIG: ["too_large"],
  INTERRUPT: ["aborted"],
  CORRUPT: ["corrupt"],
  NOTADB: ["corrupt"],
  CANTOPEN: ["unavailable", "permanent"],
  IOERR: ["unavailable", "permanent"],
  SERVER_ERROR: ["unavailable"],
  HRANA_WEBSOCKET_ERROR: ["unavailable"],
  HRANA_CLOSED_ERROR: ["unavailable"],
  STREAM_EXPIRED: ["unavailable"],
  CLIENT_CLOSED: ["closed"],
  URL_INVALID: ["invalid_argument"],
  URL_SCHEME_NOT_SUPPORTED: ["invalid_argument"],
  URL_PARAM_NOT_SUPPORTED: ["invalid_argument"],
};

const messages: Partial<Record<ErrorCode, string>> = {
  busy: "the database stayed locked",
  permission: "the database refused access",
  resource_limit: "the database ran out of space or memory",
  too_large: "a value is larger than the database takes",
  aborted: "the database interrupted the call",
  corrupt: "the database file is damaged or no database",
  unavailable: "the database cannot be reached",
  closed: "the client is closed",
  invalid_argument: "the address of the database is not valid",
};

/** A driver's error as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const driver = (typeof error === "object" && error !== null ? error : {}) as DriverError;
  const table = /no such table: (?:main\.)?(\S+)/.exec(driver.message ?? "")?.[1];
  if (table !== undefined) {
    return new StorageError(`the storage is not initialised: there is no table ${table}; call init()`, {
      code: "not_initialised",
      details: { table },
      cause: error,
    });
  }
  if (/no such (column|index)|has no column|no query solution/.test(driver.message ?? "")) {
    return new StorageError("the tables in the database are not those this version needs; call init()", {
      code: "schema",
      cause: error,
    });
  }
  if (isUnreachable(driver)) return make("unavailable", undefined, error);
  const status = statusOf(error);
  if (status === 401 || status === 403) return make("permission", undefined, error);
  if (status === 413) return make("too_large", undefined, error);
  const [code, retry] = codes[nameOf(driver)] ?? ["internal"];
  return make(code, retry, error);
}

const make = (code: ErrorCode, retry: Retry | undefined, cause: unknown) =>
  new StorageError(messages[code] ?? "the database failed", { code, ...(retry && { retry }), cause });

/** A request that got no answer, half of one, or that of something in between which speaks no JSON, as `fetch` tells it. */
export const isUnreachable = (error: DriverError): boolean =>
  error instanceof SyntaxError ||
  (error instanceof TypeError && /fetch failed|network|load failed|terminated/i.test(error.message));
