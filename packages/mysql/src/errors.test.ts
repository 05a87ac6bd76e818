import { expect, test } from "vitest";
import { scrubbed, translate, violation } from "./errors.ts";

/** An error of the server as the client reports it. */
const serverError = (errno: number, sqlMessage: string, sqlState = "HY000") =>
  Object.assign(new Error(sqlMessage), { errno, sqlState, sqlMessage, sql: "SELECT 'secret'" });

test("a taken key is found in the words of MySQL, which name the table too, and of MariaDB", () => {
  for (const words of ["things.things_code_key", "things_code_key"]) {
    const error = scrubbed(serverError(1062, `Duplicate entry 'it's.'secret'-1' for key '${words}'`, "23000"));
    expect(violation(error)).toEqual({ kind: "unique", columns: [], constraint: "things_code_key" });
    expect(JSON.stringify({ ...(error as object), message: (error as Error).message })).not.toContain("secret");
  }
});

test("what lost against others, also in a group of servers at its commit, is worth another try", () => {
  for (const errno of [1020, 1205, 1213, 3101, 3572]) {
    expect(translate(serverError(errno, "x"))).toMatchObject({ code: "busy", retry: "temporary", details: { errno } });
  }
});

test("a session that the server ended is one that cannot be reached", () => {
  for (const errno of [1053, 1927, 3169, 4031]) {
    expect(translate(serverError(errno, "x"))).toMatchObject({ code: "unavailable", retry: "temporary" });
  }
});
