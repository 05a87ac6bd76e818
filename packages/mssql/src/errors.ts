import { type ErrorCode, type ErrorDetails, isStorageError, type Retry, StorageError } from "@stowage/core/engine";
import { BatchFailure, type Violation } from "@stowage/sql";

/** An error of the server that a batch of ours caught and told. */
export class ServerError extends Error {
  readonly number: number;

  constructor(number: number, message: string) {
    super(message);
    this.name = "ServerError";
    this.number = number;
  }
}

/** What the client tells of an error. Of these only numbers and codes go into errors of ours: messages may hold values. */
interface ClientError {
  readonly name?: string;
  readonly code?: string;
  readonly number?: number | string;
  /** Severity. */
  readonly class?: number;
  readonly message?: string;
  readonly originalError?: ClientError;
  readonly info?: { readonly number?: number; readonly class?: number };
}

const asClientError = (error: unknown): ClientError => (typeof error === "object" && error !== null ? error : {});

/** The number of an error that the server sent. Of its own errors the client calls the code, a text, a number. */
export function numberOf(error: unknown): number | undefined {
  const { number, originalError, info } = asClientError(error);
  if (typeof number === "number") return number;
  return info?.number ?? (originalError && numberOf(originalError));
}

/** Whether the server ended the session with this error, so that it may be about something else than the request. */
export function endsSession(error: unknown): boolean {
  const { class: severity, info, originalError } = asClientError(error);
  return (severity ?? info?.class ?? 0) >= 20 || (originalError !== undefined && endsSession(originalError));
}

/** What the client calls the failure. */
export function codesOf(error: unknown): string[] {
  const { code, name, originalError } = asClientError(error);
  return [code, name, ...(originalError ? codesOf(originalError) : [])].filter((each) => each !== undefined);
}

/** Whether another try may go well, since somebody else was faster. Nothing of the request happened. */
export const lostAgainstOthers = (error: unknown): boolean => [1205, 1222, 3960, 3961].includes(numberOf(error) ?? 0);

/** Whether the database keeps no versions of rows, or not yet. */
export const lacksSnapshots = (error: unknown): boolean => [3952, 3956].includes(numberOf(error) ?? 0);

/** `THROW 51001` is how a batch of ours says that something expected does not hold. */
export function violation(error: unknown): Violation | undefined {
  const number = numberOf(error);
  if (number === 51001) return { kind: "guard" };
  if (number !== 2601 && number !== 2627) return undefined;
  // The values come last and in brackets; of the names before them the table's has a dot.
  const [head = ""] = (asClientError(error).message ?? "").split("(");
  const names = [...head.matchAll(/['"«»„“”]([^'"«»„“”]+)['"«»„“”]/g)].map(([, name]) => name as string);
  const constraint = names.find((name) => !name.includes("."));
  return { kind: "unique", columns: [], ...(constraint !== undefined && { constraint }) };
}

const numbers: Readonly<Partial<Record<ErrorCode, readonly number[]>>> = {
  busy: [
    1204, 1205, 1221, 1222, 3952, 3956, 3960, 3961, 3966, 8628, 8645, 8651, 41301, 41302, 41305, 41325, 41839,
  ].concat([10928, 10929, 10936, 40501, 49918, 49919, 49920, 51002]),
  unavailable: [20, 64, 121, 233, 615, 921, 922, 926, 927, 4060, 4221, 6005, 17142, 40143, 40197, 40540, 40613],
  resource_limit: [701, 802, 1101, 1105, 9002, 40544, 8623],
  too_large: [511, 1946, 1919, 2628, 8152, 8003, 40552, 7102],
  permission: [229, 230, 262, 297, 300, 916, 3906, 18452, 18456, 18488],
  schema: [207, 911, 213, 8115, 245, 50000],
  not_initialised: [208, 2760],
  corrupt: [823, 824, 825],
  unsupported: [195, 319],
};

const byNumber = new Map(
  Object.entries(numbers).flatMap(([code, list]) => list.map((number) => [number, code as ErrorCode] as const)),
);

const messages: Partial<Record<ErrorCode, string>> = {
  busy: "the database was too busy with others",
  unavailable: "the database cannot be reached",
  timeout: "the database took too long",
  resource_limit: "the database ran out of space or memory",
  too_large: "a value or a statement is larger than the database takes",
  permission: "the database refused access",
  schema: "the tables in the database are not those this version needs; call init()",
  not_initialised: "the storage is not initialised: a table is missing; call init()",
  corrupt: "the database is damaged",
  unsupported: "the database lacks a function; SQL Server 2017 with compatibility level 130 is needed",
};

const unreachable = ["ESOCKET", "ECONNRESET", "ECONNREFUSED", "ECONNCLOSED", "ENOTOPEN", "EPIPE", "ENOTFOUND"].concat([
  "EINSTLOOKUP",
  "EAI_AGAIN",
  "EINVALIDSTATE",
  "ECLOSE",
  "ENOCONN",
  "ENOTBEGUN",
  "EABORT",
]);

/**
 * A login that the server turned away for now: it is starting, paused, at its limits, or the database is not open yet. The
 * client leaves the number of such an error out (4060, 10928, 10929, 17142, 17187, 18401, 40197, 40501, 40613, 49918 to
 * 49920), so it is told by its words.
 */
const notNow =
  /retry|try again|wait a few minutes|has been paused|is in progress|script upgrade mode|too busy|limit .*has been reached|cannot open (database|server)/i;

/** An error of the client or of the server as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  if (error instanceof BatchFailure) return translate(error.cause);
  const number = numberOf(error);
  const codes = codesOf(error);
  const details: ErrorDetails = number !== undefined ? { number } : codes[0] ? { client: codes[0] } : {};
  const make = (code: ErrorCode, retry?: Retry) =>
    new StorageError(messages[code] ?? "the database failed", { code, details, ...(retry && { retry }), cause: error });
  const known = number === undefined ? undefined : byNumber.get(number);
  if (known) return make(known);
  if (codes.includes("ELOGIN")) {
    return make(notNow.test(asClientError(error).message ?? "") ? "unavailable" : "permission");
  }
  if (codes.includes("ETIMEOUT") || codes.includes("TimeoutError")) return make("timeout");
  if (codes.some((code) => unreachable.includes(code))) return make("unavailable");
  // A connection that is no longer one says so in words only.
  if (number === undefined && /connection|socket/i.test(asClientError(error).message ?? "")) return make("unavailable");
  return make("internal");
}

/** A write was sent, and whether it was applied cannot be established. */
export const unknownOutcome = (cause: unknown): StorageError =>
  new StorageError("the connection broke before the database said whether the write was applied", {
    code: "unknown_outcome",
    details: codesOf(cause)[0] ? { client: codesOf(cause)[0] as string } : {},
    cause,
  });
