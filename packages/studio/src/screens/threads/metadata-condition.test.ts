import { expect, test } from "vitest";
import { conditionOf } from "./metadata-condition.ts";

test.each([
  ["ticket=TCK-7", { ticket: "TCK-7" }],
  [" plan = plus ", { plan: "plus" }],
  ["count=3", { count: 3 }],
  ["open=true", { open: true }],
  ['code="3"', { code: "3" }],
  ["formula=a=b", { formula: "a=b" }],
  ["ticket=", undefined],
  ["ticket", undefined],
  [undefined, undefined],
])("%s", (text, condition) => expect(conditionOf(text)).toEqual(condition));
