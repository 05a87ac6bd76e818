import { StorageError } from "@stowage/core/engine";
import { describe, expect, test } from "vitest";
import { RestError, translate, translateWrite, violation } from "./errors.ts";

const told = (message: string) => new Error(`D1_ERROR: ${message}`);

describe("what D1 says", () => {
  // Whether a read may be repeated, and whether a write is known not to have happened.
  const cases: readonly (readonly [message: string, retry: string, writeIsUnknown: boolean])[] = [
    ["Network connection lost.", "temporary", true],
    ["Cannot resolve D1 DB due to transient issue on remote node.", "temporary", false],
    ["D1 DB reset because its code was updated.", "temporary", true],
    ["Internal error in D1 DB storage caused object to be reset.", "temporary", true],
    ["D1 DB is overloaded. Requests queued for too long.", "temporary", false],
    ["D1 DB is overloaded. Too many requests queued.", "temporary", false],
    ["The client disconnected while executing", "temporary", true],
    ["D1 DB exceeded its CPU time limit and was reset.", "permanent", true],
    ["Exceeded maximum DB size.", "permanent", true],
    ["too many SQL variables at offset 207: SQLITE_ERROR", "permanent", false],
    ["string or blob too big: SQLITE_TOOBIG", "permanent", false],
    ["no such table: t: SQLITE_ERROR", "permanent", false],
  ];
  for (const [message, retry, writeIsUnknown] of cases) {
    test(message, () => {
      expect(translate(told(message)).retry).toBe(retry);
      const outcome = translateWrite(told(message));
      expect(outcome instanceof StorageError && outcome.code === "unknown_outcome").toBe(writeIsUnknown);
    });
  }

  for (const [status, code, retry] of [
    [401, "permission", "permanent"],
    [404, "unavailable", "permanent"],
    [413, "too_large", "permanent"],
    [429, "busy", "temporary"],
    [502, "unavailable", "temporary"],
  ] as const) {
    test(`status ${status} of the REST interface`, () => {
      expect(translate(new RestError(status, "x"))).toMatchObject({ code, retry });
    });
  }

  test("constraints are told with their columns", () => {
    const message = "UNIQUE constraint failed: t.a, t.b: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)";
    expect(violation(told(message))).toEqual({ kind: "unique", columns: ["a", "b"] });
    expect(violation(told("bad JSON path: '!stowage 3!': SQLITE_ERROR"))).toEqual({ kind: "guard" });
    expect(violation(told("syntax error"))).toBeUndefined();
  });
});
