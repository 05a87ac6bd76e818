import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "./search-params.ts";

test("texts come back as they were, those that look like something else too", () => {
  const search = { m: "007", q: "true", resource: "a b&c=d?#%", sort: "-updatedAt" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

test("what is not set is not in the address", () => {
  expect(stringifySearch({ m: undefined, q: "" })).toBe("");
});
