import sql from "mssql";
import { expect, test } from "vitest";
import { numberOf, translate, violation } from "./errors.ts";

// The classes are the client's own; what they hold is what the client puts there.

/** An error of the server as the client reports it. */
function serverError(number: number, message: string): Error {
  const original = Object.assign(new Error(message), { info: { number, class: 16, state: 1, message } });
  return new sql.RequestError(original as never, "EREQUEST");
}

test("a number of the server is found in what the client makes of it", () => {
  expect(numberOf(serverError(1205, "deadlock"))).toBe(1205);
  expect(numberOf(new sql.RequestError("a code that is a text", "ETIMEOUT"))).toBeUndefined();
});

test("what the client says by itself has a code of ours", () => {
  const codes: [Error, string, string][] = [
    [new sql.ConnectionError("Failed to connect to h:1433 - ECONNREFUSED", "ESOCKET"), "unavailable", "temporary"],
    [new sql.ConnectionError("Failed to connect in 15000ms", "ETIMEOUT"), "timeout", "temporary"],
    [new sql.ConnectionError("Connection not yet open.", "ENOTOPEN"), "unavailable", "temporary"],
    [new sql.ConnectionError("Login failed for user 'u'.", "ELOGIN"), "permission", "permanent"],
    [
      new sql.RequestError("Requests can only be made in the LoggedIn state", "EINVALIDSTATE" as never),
      "unavailable",
      "temporary",
    ],
    [
      new sql.RequestError("Connection closed before request completed.", "ECLOSE" as never),
      "unavailable",
      "temporary",
    ],
    [new sql.TransactionError("Transaction has been aborted.", "EABORT"), "unavailable", "temporary"],
    [serverError(8645, "A timeout occurred while waiting for memory"), "busy", "temporary"],
    [serverError(2628, "String or binary data would be truncated"), "too_large", "permanent"],
  ];
  for (const [error, code, retry] of codes) expect(translate(error)).toMatchObject({ code, retry, cause: error });
});

test("the unique key that refused is read from the server's words, whatever the values are", () => {
  const texts = [
    "Cannot insert duplicate key row in object 'dbo.items' with unique index 'items_owner_email_key'. The duplicate key value is (o, it's 'x').",
    "Violation of UNIQUE KEY constraint 'items_owner_email_key'. Cannot insert duplicate key in object 'dbo.items'. The duplicate key value is (a.b).",
    "Eine Zeile mit doppeltem Schlüssel kann in das „dbo.items“-Objekt mit dem eindeutigen „items_owner_email_key“-Index nicht eingefügt werden.",
  ];
  for (const text of texts) {
    expect(violation(serverError(2601, text))).toMatchObject({ kind: "unique", constraint: "items_owner_email_key" });
  }
  expect(violation(serverError(51001, "3"))).toEqual({ kind: "guard" });
  expect(violation(serverError(547, "a foreign key"))).toBeUndefined();
});
