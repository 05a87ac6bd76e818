import { expect, test } from "vitest";
import { messagesIn } from "./messages.ts";

test.each<[string, unknown, unknown]>([
  ["a list of messages", [{ role: "user", content: "hi" }], [{ role: "user", parts: [{ type: "text", text: "hi" }] }]],
  [
    "messages under a name",
    { messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }] },
    [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
  ],
  [
    "one message with the parts of a stored one",
    { role: "assistant", content: { format: 2, parts: [{ type: "step-start" }] } },
    [{ role: "assistant", parts: [{ type: "step-start" }] }],
  ],
  [
    "calls and results of tools",
    [{ role: "tool", content: [{ type: "tool-result", toolName: "t", result: 1 }] }],
    [{ role: "tool", parts: [{ type: "dynamic-tool", state: "result", toolName: "t", result: 1 }] }],
  ],
  [
    "calls beside no text",
    [{ role: "assistant", content: null, tool_calls: [{ id: "1" }] }],
    [{ role: "assistant", parts: [{ type: "tool call", id: "1" }] }],
  ],
])("%s is a chat", (_, value, expected) => {
  expect(messagesIn(value)).toEqual(expected);
});

test.each([
  ["a text", "hi"],
  ["nothing", null],
  ["an empty list", []],
  ["an object", { order: 1 }],
  ["a list with something else in it", [{ role: "user", content: "hi" }, { order: 1 }]],
])("%s is none", (_, value) => {
  expect(messagesIn(value)).toBeUndefined();
});
