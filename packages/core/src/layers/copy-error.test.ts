import { describe, expect, test } from "vitest";
import { ConflictError, inOperation, isConflict, StorageError } from "../errors.ts";
import { copyError } from "./copy-error.ts";

describe("a copied error", () => {
  test("says the same, and shares nothing that is written to", () => {
    const cause = new Error("why");
    const error = new StorageError("what", { code: "busy", status: "LOCKED", details: { table: "t" }, cause });
    const copy = copyError(error);
    expect(copy.toJSON()).toEqual(error.toJSON());
    expect(copy.cause).toBe(cause);
    copy.details.domain = "memory";
    expect(error.details).toEqual({ table: "t" });
  });

  test("has the original as its cause when it says something else about retries", () => {
    const error = new StorageError("what", { code: "busy" });
    expect(copyError(error, "exhausted")).toMatchObject({ code: "busy", retry: "exhausted", cause: error });
  });

  test("stays a conflict with its refusal", () => {
    const error = new ConflictError({ index: 3, table: "t", key: "k", reason: "unique", unique: "byCode" });
    const copy = copyError(error);
    expect(isConflict(copy)).toBe(true);
    expect((copy as ConflictError).refusal).toEqual(error.refusal);
  });

  test("is named after its operation like the original, unless callers match its id", () => {
    const made = copyError(new StorageError("what", { code: "busy" }), "exhausted");
    expect(inOperation(made, "LIBSQL", "memory", "saveThread").id).toBe("STOWAGE_LIBSQL_SAVE_THREAD_FAILED");
    const fixed = copyError(new StorageError("what", { code: "busy", id: "FIXED" }), "exhausted");
    expect(inOperation(fixed, "LIBSQL", "memory", "saveThread").id).toBe("FIXED");
  });
});
