import { describe, expect, test } from "vitest";
import { D1Store } from "./store.ts";

const make = (options: object) => () => new D1Store({ id: "s", ...options } as never);
const binding = { prepare() {}, batch() {} };
const address = { accountId: "a", databaseId: "d", apiToken: "secret" };

describe("options", () => {
  for (const id of [undefined, "", "  "]) {
    test(`an id of ${JSON.stringify(id)} is refused`, () => {
      expect(make({ binding, id })).toThrow("D1: id must be provided and cannot be empty.");
    });
  }

  for (const value of [undefined, null, {}, "db"]) {
    test(`a binding of ${JSON.stringify(value)} is refused`, () => {
      expect(make({ binding: value })).toThrow("D1 binding is required");
    });

    test(`a client of ${JSON.stringify(value)} is refused`, () => {
      expect(make({ client: value })).toThrow("D1 client is required");
    });
  }

  for (const key of Object.keys(address)) {
    for (const value of [undefined, "", " "]) {
      test(`a ${key} of ${JSON.stringify(value)} is refused`, () => {
        expect(make({ ...address, [key]: value })).toThrow("accountId, databaseId, and apiToken are required");
      });
    }
  }

  test("no form at all is refused", () => {
    expect(make({})).toThrow("accountId, databaseId, and apiToken are required");
  });

  for (const tablePrefix of ["a b", 'a"', "a;drop", "a-b", "a".repeat(64), 5]) {
    test(`a tablePrefix of ${JSON.stringify(tablePrefix)} is refused`, () => {
      expect(make({ binding, tablePrefix })).toThrow("Invalid tablePrefix");
    });
  }

  test("errors have no cause and no token in them", () => {
    try {
      make({ ...address, databaseId: "" })();
      expect.unreachable();
    } catch (error) {
      expect((error as Error).cause).toBeUndefined();
      expect(String((error as Error).stack)).not.toContain("secret");
    }
  });

  test("every form is taken, without I/O", () => {
    expect(make({ binding })).not.toThrow();
    expect(make({ client: { query() {} }, tablePrefix: "my_" })).not.toThrow();
    expect(make(address)).not.toThrow();
  });
});
