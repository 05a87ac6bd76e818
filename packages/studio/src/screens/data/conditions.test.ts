import { expect, test } from "vitest";
import { conditionsOf, operatorsOf, sentenceOf, textOf } from "./conditions.ts";

test("conditions travel in the address, and what is none is left out", () => {
  const conditions = [{ column: "id", op: "is" as const, value: "a" }];
  expect(conditionsOf(textOf(conditions))).toEqual(conditions);
  expect(textOf([])).toBeUndefined();
  for (const text of [undefined, "", "no json", "{}", '[{"column":1}]', '[{"column":"a","op":"drop"}]']) {
    expect(conditionsOf(text)).toEqual([]);
  }
});

test("each type of column has its questions", () => {
  const of = (type: "json" | "timestamp" | "boolean", isNullable: boolean) =>
    operatorsOf({ name: "c", type, isNullable }).map(({ value }) => value);
  expect(of("json", true)).toEqual(["has", "absent"]);
  expect(of("timestamp", false)).toEqual(["is", "from", "to"]);
  expect(of("boolean", false)).toEqual(["is"]);
});

test("a condition reads as a sentence", () => {
  expect(sentenceOf({ column: "title", op: "has", value: "lamp" })).toBe("title holds lamp");
  expect(sentenceOf({ column: "title", op: "absent" })).toBe("title is not there");
});
