import type { ClickHouseClient } from "@clickhouse/client";
import { describe, expect, test } from "vitest";
import { type ClickhouseOptions, resolveOptions } from "./options.ts";

const login = { url: "http://localhost:8123", username: "default", password: "" };
const refusal = (options: object) => {
  try {
    resolveOptions(options as ClickhouseOptions);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe("options", () => {
  test("take a url with user and password, which may be empty", () => {
    expect(resolveOptions(login)).toMatchObject({ config: login, prefix: "", asyncInsert: false });
  });

  test("hand on what else the client takes, and nothing that is not its own", () => {
    const { config } = resolveOptions({ ...login, id: "x", request_timeout: 5, prefix: "p_" } as ClickhouseOptions);
    expect(config).toEqual({ ...login, request_timeout: 5 });
  });

  test("take a client instead", () => {
    const client = { insert() {} } as unknown as ClickHouseClient;
    expect(resolveOptions({ client }).client).toBe(client);
  });

  test.each([
    [{}, "url is required"],
    [{ ...login, url: " " }, "url is required"],
    [{ url: login.url, password: "" }, "username must be a string"],
    [{ url: login.url, username: "x" }, "password must be a string"],
    [{ client: {} }, "client must be one of @clickhouse/client"],
    [{ ...login, prefix: "a-b" }, "prefix may hold"],
    [{ ...login, ttl: { mastra_messages: { row: { interval: 0, unit: "DAY" } } } }, "interval must be"],
    [{ ...login, ttl: { mastra_messages: { row: { interval: 1, unit: "EON" } } } }, "unit must be one of"],
    [{ ...login, replication: { cluster: "a b" } }, "no name of a cluster"],
  ])("refuse %j", (options, phrase) => {
    expect(refusal(options)).toContain(phrase);
  });
});
