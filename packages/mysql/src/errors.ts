import { type ErrorCode, type ErrorDetails, isStorageError, type Retry, StorageError } from "@stowage/core/engine";
import type { Violation } from "@stowage/sql";

/** What the client tells of an error. Of these only numbers and names go into errors of ours: a message may hold values. */
interface DriverError {
  readonly code?: unknown;
  readonly errno?: unknown;
  readonly sqlState?: unknown;
  readonly sqlMessage?: unknown;
  readonly message?: unknown;
  readonly fatal?: unknown;
}

const asDriverError = (error: unknown): DriverError => (typeof error === "object" && error !== null ? error : {});

/** The server's number of the error, or 0 when the server did not say it. */
export function errnoOf(error: unknown): number {
  const { errno, sqlState } = asDriverError(error);
  return typeof errno === "number" && errno >= 1000 && typeof sqlState === "string" ? errno : 0;
}

/** Numbers after which the server closes the session: it shuts down, or somebody ended the session. */
const farewells = new Set([1053, 1077, 1079, 1152, 1184, 1927, 2006, 2013, 3169, 4031]);

/** Whether the session ends with this error. */
export const endsSession = (error: unknown): boolean =>
  errnoOf(error) === 0 || asDriverError(error).fatal === true || farewells.has(errnoOf(error));

/** Whether an index of that name is there already. */
export const isThere = (error: unknown): boolean => errnoOf(error) === 1061;

/**
 * A server's error without what the client hung on it, the whole statement, and without what its message quotes, which may be
 * values. The name of a violated key stays.
 */
export function scrubbed(error: unknown): unknown {
  const { code, errno, sqlState, sqlMessage, fatal } = asDriverError(error);
  if (errnoOf(error) === 0) {
    if (typeof error === "object" && error !== null) delete (error as { sql?: unknown }).sql;
    return error;
  }
  const text = String(sqlMessage);
  // MySQL puts the table's name before the index's, MariaDB does not.
  const constraint = errno === 1062 ? /'(?:[^']*\.)?([^']+)'$/.exec(text)?.[1] : undefined;
  return Object.assign(new Error(text.replace(/'.*'/s, "'…'")), {
    ...{ code, errno, sqlState },
    ...(fatal === true && { fatal }),
    ...(constraint !== undefined && { constraint }),
  });
}

/** An overflow is how a statement of ours says that something expected does not hold. */
export function violation(error: unknown): Violation | undefined {
  const errno = errnoOf(error);
  if (errno === 1690) return { kind: "guard" };
  if (errno !== 1062) return undefined;
  const { constraint } = error as { constraint?: string };
  return { kind: "unique", columns: [], ...(constraint !== undefined && { constraint }) };
}

const byNumber = new Map<number, readonly [ErrorCode, Retry?]>();
const are = (numbers: readonly number[], code: ErrorCode, retry?: Retry) => {
  for (const errno of numbers) byNumber.set(errno, retry ? [code, retry] : [code]);
};
// Lost against another transaction, or no slot left: nothing of it happened, so it may be tried again.
are([1020, 1040, 1203, 1205, 1213, 1226, 1637, 3058, 3101, 3572], "busy");
are([...farewells], "unavailable");
are([1317, 1969, 3024], "timeout", "permanent");
are([1071, 1118, 1153, 1301, 1406], "too_large");
are([1021, 1030, 1037, 1038, 1041, 1114, 1206], "resource_limit");
are([1044, 1045, 1142, 1143, 1227, 1290, 1698, 1792, 1820, 1836, 1862], "permission");
are([1049], "schema");
are([1032, 1034, 1035, 1194, 1195, 1712], "corrupt");

const unreachable = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "EHOSTUNREACH", "ENETUNREACH", "EAI_AGAIN"])
  .add("ENOTFOUND")
  .add("ETIMEDOUT")
  .add("PROTOCOL_CONNECTION_LOST")
  .add("PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR");

const messages: Partial<Record<ErrorCode, string>> = {
  busy: "the database was too busy with others",
  unavailable: "the database cannot be reached",
  timeout: "the database took too long",
  resource_limit: "the database ran out of space, memory or connections",
  too_large: "a value or a statement is larger than the database takes",
  permission: "the database refused access",
  corrupt: "the database is damaged",
  schema: "the database does not exist",
  closed: "the pool is closed",
};

const make = (code: ErrorCode, cause: unknown, { retry, message }: { retry?: Retry; message?: string } = {}) =>
  new StorageError(message ?? messages[code] ?? "the database failed", {
    code,
    details: detailsOf(cause),
    ...(retry && { retry }),
    cause,
  });

function detailsOf(error: unknown): ErrorDetails {
  const errno = errnoOf(error);
  if (errno > 0) return { errno };
  const { code } = asDriverError(error);
  return typeof code === "string" ? { errno: code } : {};
}

/** An error of the client or of the server as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const errno = errnoOf(error);
  if (errno === 1146) {
    const message = "the storage is not initialised: a table is missing; call init()";
    return make("not_initialised", error, { message });
  }
  if (errno === 1054 || errno === 1176) {
    const message = "the tables in the database are not those this version needs; call init()";
    return make("schema", error, { message });
  }
  const known = byNumber.get(errno);
  if (known) return make(known[0], error, { ...(known[1] && { retry: known[1] }) });
  return errno > 0 ? make("internal", error) : fromClient(error);
}

function fromClient(error: unknown): StorageError {
  const { code, message } = asDriverError(error);
  const name = String(code ?? "");
  if (unreachable.has(name)) return make("unavailable", error);
  if (name === "PROTOCOL_SEQUENCE_TIMEOUT") return make("timeout", error);
  if (/^(HANDSHAKE_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|CERT_|UNABLE_TO_)/.test(name)) {
    const text = "no secure connection to the database could be made";
    return make("unavailable", error, { message: text, retry: "permanent" });
  }
  if (/^Pool is closed/.test(String(message))) return make("closed", error);
  if (/^(No connections available|Queue limit reached)/.test(String(message))) return make("busy", error);
  if (/^Connection lost|closed state|after fatal error/.test(String(message))) return make("unavailable", error);
  return make("internal", error);
}

/** A write was sent, and whether it was applied cannot be established. */
export const unknownOutcome = (cause: unknown): StorageError =>
  make("unknown_outcome", cause, {
    message: "the connection broke before the database said whether the write was applied",
  });
