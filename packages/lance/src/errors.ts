import { type ErrorCode, isStorageError, StorageError } from "@stowage/core/engine";

/** The library tells what happened in words alone. */
const words: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/commit conflict|concurrent|retryable|too many.*writers|preempted/i, "busy", "others kept writing to the table"],
  [
    /was not found|not found|does not exist/i,
    "not_initialised",
    "the storage is not initialised: a table is missing; call init()",
  ],
  [
    /no field named|schema error|column .* (does not|not) exist|not found in schema/i,
    "schema",
    "the tables are not those this version needs; call init()",
  ],
  [/permission denied|access denied|unauthorized|forbidden/i, "permission", "the database refused access"],
  [/no space left|out of memory|resources exhausted/i, "resource_limit", "the database ran out of space or memory"],
  [/timed? ?out|deadline/i, "timeout", "the database did not answer in time"],
  [/connection|dns|network|\b50[0234]\b|unavailable|slow ?down/i, "unavailable", "the database cannot be reached"],
  [/corrupt/i, "corrupt", "the database found damaged data"],
];

/** An error of the library as one of ours. A merge that fails has committed nothing. */
export function translate(error: unknown): StorageError {
  if (isStorageError(error)) return error;
  const message = error instanceof Error ? error.message : "";
  const known = words.find(([pattern]) => pattern.test(message));
  const cause = new Error(`LanceDB: ${known ? known[1] : "failed"}`);
  return new StorageError(known?.[2] ?? "the database failed", { code: known?.[1] ?? "internal", cause });
}

/** The place cannot be opened. What the library says then may hold addresses and what opens them: none of it goes further. */
export function cannotOpen(error: unknown): StorageError {
  const message = error instanceof Error ? error.message : "";
  if (/no object store provider|api_key|invalid uri|invalid url/i.test(message)) {
    return new StorageError("LanceDB cannot open this uri with these connectionOptions", {
      code: "invalid_argument",
      status: "CONNECT_FAILED",
      cause: new Error("LanceDB: invalid input"),
    });
  }
  const code = translate(error).code === "permission" ? "permission" : "unavailable";
  return new StorageError("the database could not be opened", {
    code,
    status: "CONNECT_FAILED",
    cause: new Error(`LanceDB: ${code}`),
  });
}
