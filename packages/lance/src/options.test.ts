import { describe, expect, test } from "vitest";
import { resolveOptions } from "./options.ts";

describe("options", () => {
  test("take a place, or a connection", () => {
    expect(resolveOptions({ uri: "memory://" })).toMatchObject({ uri: "memory://", prefix: "" });
    const client = { openTable() {} } as never;
    expect(resolveOptions({ client }).client).toBe(client);
  });

  test.each([
    [{}, "uri or client must be provided"],
    [{ uri: " " }, "uri or client must be provided"],
    [{ client: {} }, "client must be a connection"],
    [{ uri: "memory://", prefix: "a b" }, "prefix may hold"],
  ])("refuse %j", (options, phrase) => {
    expect(() => resolveOptions(options as never)).toThrow(phrase);
  });
});
