import { type ErrorCode, isStorageError, isUnsent, type Retry, StorageError } from "@stowage/core/engine";

/** What the client gives: an error of the server has its number as a text; one of the connection the name of a system error. */
interface DriverError {
  readonly code?: unknown;
  readonly message?: string;
  readonly cause?: unknown;
}

const codes: Readonly<Record<string, [ErrorCode, Retry?]>> = {
  159: ["timeout"],
  160: ["timeout"],
  202: ["busy"],
  209: ["unavailable"],
  210: ["unavailable"],
  242: ["unavailable"],
  252: ["busy"],
  279: ["unavailable"],
  285: ["unavailable"],
  319: ["unknown_outcome"],
  425: ["unavailable"],
  439: ["busy"],
  999: ["unavailable"],
  // Others have freed theirs by the next time, more often than not.
  241: ["resource_limit", "temporary"],
  243: ["resource_limit"],
  158: ["resource_limit"],
  307: ["resource_limit"],
  396: ["resource_limit"],
  394: ["aborted"],
  164: ["permission"],
  497: ["permission"],
  516: ["permission"],
  192: ["permission"],
  193: ["permission"],
  194: ["permission"],
  40: ["corrupt"],
  60: ["not_initialised"],
  81: ["not_initialised"],
  36: ["schema"],
  47: ["schema"],
  16: ["schema"],
  10: ["schema"],
};

const messages: Partial<Record<ErrorCode, string>> = {
  timeout: "the database did not finish in time",
  busy: "the database takes no more work at the moment",
  unavailable: "the database cannot be reached",
  resource_limit: "the database ran out of memory or space, or the call is larger than it is allowed to be",
  aborted: "the call was aborted",
  permission: "the database refused access",
  corrupt: "the database found damaged data",
  not_initialised: "the storage is not initialised: a table is missing; call init()",
  schema: "the tables in the database are not those this version needs; call init()",
  unknown_outcome: "the connection broke after the write was sent; it may have been applied",
};

/** What is said of single numbers instead. */
const texts: Readonly<Record<string, string>> = {
  81: "the server has no database of that name",
};

/** The server looked at these before it took any row. */
const refusedNumbers = ["16", "36", "47", "60", "81", "164", "192", "193", "194", "202", "497", "516"];

/** What the client says by itself, without a code. */
const known = /^timeout|aborted|socket|network|fetch failed|terminated|the answer broke off/i;

/** An error of a read, or of a statement that may be repeated, as one of ours. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const { code, message = "" } = (typeof error === "object" && error !== null ? error : {}) as DriverError;
  const known = typeof code === "string" ? codes[code] : undefined;
  if (known) return make(known[0], error, known[1]);
  if (typeof code === "string" && /^\d+$/.test(code)) return make("internal", error);
  if (/^timeout/i.test(message)) return make("timeout", error);
  // Node says "aborted" of an answer that breaks off, and has a code for it; the client has none for a signal.
  if (/aborted/i.test(message) && code !== "ECONNRESET") return make("aborted", error);
  if (typeof code === "string" || /socket|network|fetch failed|terminated/i.test(message)) {
    return make("unavailable", error);
  }
  return make(isForeignAnswer(error) ? "unavailable" : "internal", error);
}

/** The server's own errors have a number: one without was answered by something before it, such as a load balancer. */
const isForeignAnswer = (error: unknown): boolean => error instanceof Error && error.name === "Error";

/** What stands where a row should: the server fails in the middle of an answer, after it has sent others. */
export function brokenOff(text: string): Error {
  const [, code, type] = /Code: (\d+)\. .*?(?:\((\w+)\)|$)/s.exec(text) ?? [];
  return Object.assign(new Error("the answer broke off"), code !== undefined && { code, type });
}

/** An error of an insert. Only when it cannot have left anything does it say so. */
export function translateInsert(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const { code } = (typeof error === "object" && error !== null ? error : {}) as DriverError;
  if (isUnsent(error)) return make("unavailable", error);
  if (typeof code === "string" && refusedNumbers.includes(code)) return translate(error);
  const { code: translated } = translate(error);
  if (translated === "internal" || translated === "permission" || translated === "corrupt") return translate(error);
  return make("unknown_outcome", error);
}

const make = (code: ErrorCode, cause: unknown, retry?: Retry): StorageError =>
  new StorageError(texts[numberOf(cause)] ?? messages[code] ?? "the database failed", {
    code,
    ...(retry && { retry }),
    cause: withoutTexts(cause),
  });

const numberOf = (error: unknown): string => String((error as DriverError | undefined)?.code);

/** Messages of the server repeat statements and values; only the number and name of an error go further. */
function withoutTexts(error: unknown): unknown {
  const { code, type } = (typeof error === "object" && error !== null ? error : {}) as DriverError & { type?: unknown };
  if (typeof code !== "string") {
    const isOurs = !isForeignAnswer(error) || known.test((error as Error).message);
    return isOurs ? error : new Error("an answer that is not ClickHouse's");
  }
  return Object.assign(new Error(`ClickHouse ${[code, type].filter(Boolean).join(" ")}`), { code });
}
