import { describe, expect, test } from "vitest";
import { translate, translateWrite } from "./errors.ts";
import { RestWay } from "./ways.ts";

const place = { form: "rest", accountId: "a", databaseId: "d", apiToken: "t", prefix: "" } as const;
const failureOf = (fetch: typeof globalThis.fetch): Promise<unknown> =>
  new RestWay(place, fetch).send([{ sql: "SELECT 1", args: [] }]).catch((error: unknown) => error);
const fails = (code: string) => () =>
  Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) }));

describe("the REST interface", () => {
  test("a connection that breaks may have done the work", async () => {
    const error = await failureOf(fails("UND_ERR_SOCKET"));
    // Which the engine takes for a mistake of the program's.
    expect(error).not.toBeInstanceOf(TypeError);
    expect(translate(error)).toMatchObject({ code: "unavailable", retry: "temporary" });
    expect(translateWrite(error)).toMatchObject({ code: "unknown_outcome" });
  });

  test("a connection that was never made has not", async () => {
    const error = await failureOf(fails("ECONNREFUSED"));
    expect(translate(error)).toMatchObject({ code: "unavailable", retry: "temporary" });
    expect(translateWrite(error)).toBe(error);
  });

  test("an answer that is not D1's, or broke off, says nothing", async () => {
    const error = await failureOf(async () => new Response("<html>", { status: 200 }));
    expect(translate(error)).toMatchObject({ code: "unavailable", retry: "temporary" });
    expect(translateWrite(error)).toMatchObject({ code: "unknown_outcome" });
    const refused = await failureOf(async () => new Response("<html>", { status: 401 }));
    expect(translate(refused)).toMatchObject({ code: "permission" });
  });
});
