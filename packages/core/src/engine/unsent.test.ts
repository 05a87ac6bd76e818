import { expect, test } from "vitest";
import { isUnsent } from "./unsent.ts";

const failure = (code: string, cause?: unknown) => Object.assign(new Error(code, { cause }), { code });

test("a connection that was never made is found below any number of wrappers", () => {
  expect(isUnsent(failure("ECONNREFUSED"))).toBe(true);
  expect(isUnsent(new TypeError("fetch failed", { cause: failure("ENOTFOUND") }))).toBe(true);
  expect(isUnsent(failure("SERVER_ERROR", new Error("x", { cause: failure("UND_ERR_CONNECT_TIMEOUT") })))).toBe(true);
});

test("one that was made and broke is none, nor are things that are no errors", () => {
  for (const error of [failure("ECONNRESET"), new Error("ECONNREFUSED"), "ECONNREFUSED", null, undefined, {}]) {
    expect(isUnsent(error)).toBe(false);
  }
});

test("of several addresses all must have been out of reach", () => {
  const refused = failure("ECONNREFUSED");
  expect(isUnsent(new AggregateError([refused, failure("EHOSTUNREACH")]))).toBe(true);
  expect(isUnsent(new TypeError("fetch failed", { cause: new AggregateError([refused, failure("EPIPE")]) }))).toBe(
    false,
  );
});
