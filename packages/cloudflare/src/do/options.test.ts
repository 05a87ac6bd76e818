import { describe, expect, test } from "vitest";
import { CloudflareDOStorage, DOStore } from "./store.ts";

const sql = { exec: () => ({ raw: () => [] }) };
const make = (options: unknown) => () => new CloudflareDOStorage(options as never);

describe("options", () => {
  for (const options of [undefined, {}, { sql: undefined }, { sql: null }, { sql: {} }]) {
    test(`${JSON.stringify(options)} is refused`, () => {
      expect(make(options)).toThrow("CloudflareDOStorage: sql is required");
    });
  }

  test("the storage alone has the database too", () => {
    expect(make({ storage: { sql, transactionSync: () => undefined } })).not.toThrow();
    expect(make({ storage: { transactionSync: () => undefined } })).toThrow("sql is required");
  });

  test("a storage without transactions is refused", () => {
    expect(make({ sql, storage: {} })).toThrow("storage must be ctx.storage");
  });

  for (const tablePrefix of ["a b", 'a"', "1a", "a-b", 5]) {
    test(`a tablePrefix of ${JSON.stringify(tablePrefix)} is refused`, () => {
      expect(make({ sql, tablePrefix })).toThrow("Invalid tablePrefix");
    });
  }

  test("the id is do-store unless one is given, and may not be blank", () => {
    expect(make({ sql })().id).toBe("do-store");
    expect(make({ sql, id: "mine" })().id).toBe("mine");
    expect(make({ sql, id: " " })).toThrow("id must be provided and cannot be empty");
  });

  test("the shorter name is the same class", () => {
    expect(DOStore).toBe(CloudflareDOStorage);
  });
});
