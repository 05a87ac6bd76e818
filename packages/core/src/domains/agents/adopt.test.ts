import { expect, test } from "vitest";
import { agentVersions } from "./tables.ts";

test("instructions of another library stay what they were: a list of blocks, or a text", () => {
  // What `converge` hands over: JSON text as it was, any other text as a JSON string.
  const cases = [
    ['[{"type":"text","content":"a"}]', '[{"type":"text","content":"a"}]'],
    ['"be kind"', '"be kind"'],
    ["10", '"10"'],
    ["true", '"true"'],
    ['{"a":1}', '"{\\"a\\":1}"'],
  ];
  for (const [found, instructions] of cases) {
    expect(agentVersions.adopt?.({ instructions: found ?? null }, 1)).toEqual({ instructions });
  }
  expect(agentVersions.adopt?.({ instructions: null }, 1)).toEqual({});
});
