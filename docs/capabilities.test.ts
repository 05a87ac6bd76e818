import { expect, test } from "vitest";
import { currentPage } from "../scripts/capabilities.ts";

test("the capability table says what the engines declare", () => {
  const { stored, current } = currentPage();
  expect(stored, "run npm run docs:capabilities").toBe(current);
});
