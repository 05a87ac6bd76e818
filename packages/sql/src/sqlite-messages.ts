import { StorageError } from "@stowage/core/engine";
import type { Violation } from "./dialect.ts";
import { placeTold } from "./write/guard.ts";

/** The constraint or guard in SQLite's words, for drivers that give nothing else. */
export function violationIn(message: string): Violation | undefined {
  const unique = /UNIQUE constraint failed: ([^:(]+)/.exec(message)?.[1];
  if (unique) {
    return { kind: "unique", columns: unique.split(",").map((name) => name.slice(name.lastIndexOf(".") + 1).trim()) };
  }
  const isGuard = /CHECK constraint failed/.test(message) || placeTold(message) !== undefined;
  return isGuard ? { kind: "guard" } : undefined;
}

/** What SQLite says when tables are missing, other than expected, or too small for a row. */
export function schemaErrorIn(message: string, cause: unknown): StorageError | undefined {
  const table = /no such table: (?:main\.)?([^\s:]+)/.exec(message)?.[1];
  if (table !== undefined) {
    return new StorageError(`the storage is not initialised: there is no table ${table}; call init()`, {
      code: "not_initialised",
      details: { table },
      cause,
    });
  }
  if (/no such (column|index)|has no column|no query solution/.test(message)) {
    return new StorageError("the tables in the database are not those this version needs; call init()", {
      code: "schema",
      cause,
    });
  }
  if (/string or blob too big|statement too long|too many SQL variables/.test(message)) {
    return new StorageError("a row is larger than the database takes: 2,000,000 bytes in all its columns", {
      code: "too_large",
      cause,
    });
  }
  return undefined;
}
