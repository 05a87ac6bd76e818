import { expect, test } from "vitest";
import { withoutCredentials } from "./target.ts";

test.each([
  ["file:./agents.db", "file:./agents.db"],
  [":memory:", ":memory:"],
  ["postgres://ada:hunter2@db.example:5433/agents?sslmode=require", "postgres://db.example:5433/agents"],
  ["libsql://x.turso.io?authToken=hunter2", "libsql://x.turso.io"],
  ["postgres://ada:123?4@db.example/agents", undefined],
  ["host=db password=hunter2", undefined],
])("%s", (address, shown) => {
  expect(withoutCredentials(address)).toBe(shown);
});
