import { describe, expect, test } from "vitest";
import { translate, translateInsert } from "./errors.ts";

const server = (code: string) => Object.assign(new Error("INSERT of 'a secret'"), { code, type: "SOME_TYPE" });

describe("errors", () => {
  test.each([
    ["159", "timeout", "temporary"],
    ["202", "busy", "temporary"],
    ["252", "busy", "temporary"],
    ["210", "unavailable", "temporary"],
    ["242", "unavailable", "temporary"],
    ["999", "unavailable", "temporary"],
    ["241", "resource_limit", "temporary"],
    ["60", "not_initialised", "permanent"],
    ["47", "schema", "permanent"],
    ["497", "permission", "permanent"],
    ["516", "permission", "permanent"],
    ["62", "internal", "permanent"],
  ])("of a read with the number %s are %s", (number, code, retry) => {
    expect(translate(server(number))).toMatchObject({ code, retry });
  });

  test.each(["159", "209", "241", "252", "319", "999"])(
    "of an insert with the number %s leave open whether rows were written",
    (number) => {
      expect(translateInsert(server(number))).toMatchObject({ code: "unknown_outcome" });
    },
  );

  test.each([
    ["202", "busy"],
    ["60", "not_initialised"],
    ["497", "permission"],
    ["ECONNREFUSED", "unavailable"],
  ])("of an insert that was not taken (%s) say so", (number, code) => {
    expect(translateInsert(server(number))).toMatchObject({ code });
  });

  test("of a database that is not there name that, and no table", () => {
    expect(translate(server("81"))).toMatchObject({
      code: "not_initialised",
      message: expect.stringContaining("no database"),
    });
  });

  test("of the connection are told from the server's", () => {
    expect(translate(server("ECONNRESET"))).toMatchObject({ code: "unavailable" });
    expect(translateInsert(server("ECONNRESET"))).toMatchObject({ code: "unknown_outcome" });
    expect(translate(new Error("Timeout error."))).toMatchObject({ code: "timeout" });
    expect(translate(new Error("The user aborted a request."))).toMatchObject({ code: "aborted" });
    // Node's word for an answer that breaks off.
    const cut = Object.assign(new Error("aborted"), { code: "ECONNRESET" });
    expect(translate(cut)).toMatchObject({ code: "unavailable", retry: "temporary" });
  });

  test("repeat no statement and no value", () => {
    const error = translate(server("62"));
    expect(`${error.message} ${(error.cause as Error).message}`).not.toContain("secret");
    expect((error.cause as Error).message).toBe("ClickHouse 62 SOME_TYPE");
  });
});
