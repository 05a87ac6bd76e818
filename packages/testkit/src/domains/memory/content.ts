import type { MastraDBMessage, MemoryStorage } from "@stowage/core";
import { type Engine, insert, type Table } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { allOf, at, message, thread } from "./lab.ts";

const text = (s: string) => ({ format: 2, content: s, parts: [{ type: "text", text: s }] });
const empty = { format: 2, parts: [] };

/** What is found in the column, the message's role, and what is read. */
const cases: [name: string, found: unknown, read: unknown, role?: string][] = [
  [
    "format 2",
    { format: 2, parts: [{ type: "x", y: 1 }], extra: 1 },
    { format: 2, parts: [{ type: "x", y: 1 }], extra: 1 },
  ],
  ["format 2 without parts", { format: 2, content: "c" }, { format: 2, content: "c", parts: [] }],
  ["format 2 with odd parts", { format: 2, parts: "p" }, empty],
  [
    "format 2 with odd entries",
    { format: 2, parts: [null, "a", { type: "t" }, 1, undefined] },
    { format: 2, parts: [{ type: "t" }] },
  ],
  ["format 2 as text", JSON.stringify({ format: 2, parts: [{ type: "t" }] }), { format: 2, parts: [{ type: "t" }] }],
  ["plain text", "hello", text("hello")],
  ["text that looks like JSON", "{not json", text("{not json")],
  ["a JSON string as text", '"quoted"', text("quoted")],
  ["a number as text", "42", text("42")],
  ["a number with zeros as text", "042.0", text("042.0")],
  ["a boolean as text", "true", text("true")],
  ["an object of nobody's as text", '{"a": 1}', text('{"a": 1}')],
  ["an array of nobody's as text", "[1, 2]", text("[1, 2]")],
  ["typed parts as text", '[{"type":"text","text":"a"}]', { format: 2, parts: [{ type: "text", text: "a" }] }],
  [
    "a UI message as text",
    '{"parts":[{"type":"text","text":"a"}]}',
    { format: 2, parts: [{ type: "text", text: "a" }] },
  ],
  ["empty text", "", empty],
  ["no parts at all", [], empty],
  ["an object of nobody's", { a: 1 }, empty],
  [
    "an object with a known member",
    { content: "c", metadata: { m: 1 }, a: 1 },
    { format: 2, parts: [], content: "c", metadata: { m: 1 } },
  ],
  ["an array of nobody's", [1, { type: "text", text: "a" }], empty],
  [
    "a UI message",
    { id: "x", role: "user", parts: [{ type: "text", text: "a" }, null], content: "a", reasoning: "r", createdAt: 1 },
    { format: 2, parts: [{ type: "text", text: "a" }], content: "a", reasoning: "r" },
  ],
  [
    "text parts with provider options",
    [
      { type: "text", text: "a", providerOptions: { p: { q: 1 } } },
      { type: "text", text: "" },
    ],
    { format: 2, parts: [{ type: "text", text: "a", providerMetadata: { p: { q: 1 } } }] },
  ],
  ["nothing but an empty text", [{ type: "text", text: "" }], { format: 2, parts: [{ type: "text", text: "" }] }],
  [
    "a tool call and its result, and words after it",
    [
      { type: "tool-call", toolCallId: "1", toolName: "f", args: { x: 1 } },
      { type: "tool-result", toolCallId: "1", toolName: "f", result: { y: 2 } },
      { type: "text", text: "done" },
    ],
    {
      format: 2,
      parts: [
        { type: "tool-invocation", toolInvocation: { state: "call", toolCallId: "1", toolName: "f", args: { x: 1 } } },
        {
          type: "tool-invocation",
          toolInvocation: { state: "result", toolCallId: "1", toolName: "f", args: { x: 1 }, result: { y: 2 } },
        },
        { type: "step-start" },
        { type: "text", text: "done" },
      ],
      toolInvocations: [{ state: "result", toolCallId: "1", toolName: "f", args: { x: 1 }, result: { y: 2 } }],
    },
    "assistant",
  ],
  [
    "a tool result alone, of the user's",
    [
      { type: "tool-result", toolCallId: "1", toolName: "f" },
      { type: "text", text: "x" },
    ],
    {
      format: 2,
      parts: [
        {
          type: "tool-invocation",
          toolInvocation: { state: "result", toolCallId: "1", toolName: "f", args: {}, result: "" },
        },
        { type: "text", text: "x" },
      ],
      toolInvocations: [{ state: "result", toolCallId: "1", toolName: "f", args: {}, result: "" }],
    },
    "user",
  ],
  [
    "words after a tool result of role tool, which is the assistant's",
    [
      { type: "tool-result", toolCallId: "1", toolName: "f", result: 0 },
      { type: "text", text: "x" },
    ],
    {
      format: 2,
      parts: [
        {
          type: "tool-invocation",
          toolInvocation: { state: "result", toolCallId: "1", toolName: "f", args: {}, result: 0 },
        },
        { type: "step-start" },
        { type: "text", text: "x" },
      ],
      toolInvocations: [{ state: "result", toolCallId: "1", toolName: "f", args: {}, result: 0 }],
    },
    "tool",
  ],
  [
    "reasoning, redacted reasoning, files and what is not known",
    [
      { type: "reasoning", text: "why", signature: "s" },
      { type: "redacted-reasoning", data: "xx" },
      { type: "image", image: "https://example.com/a.png", mimeType: "image/png" },
      { type: "file", data: "data:text/plain;base64,aGk=", mimeType: "text/plain", filename: "a.txt" },
      { type: "file", data: { type: "Buffer", data: [104, 105] }, mimeType: "text/plain" },
      { type: "other", anything: [1] },
    ],
    {
      format: 2,
      parts: [
        { type: "reasoning", reasoning: "why", details: [{ type: "text", text: "why", signature: "s" }] },
        { type: "reasoning", reasoning: "", details: [{ type: "redacted", data: "xx" }] },
        { type: "file", data: "https://example.com/a.png", mimeType: "image/png" },
        { type: "file", data: "data:text/plain;base64,aGk=", mimeType: "text/plain", filename: "a.txt" },
        { type: "file", data: "aGk=", mimeType: "text/plain" },
        { type: "other", anything: [1] },
      ],
    },
  ],
];

export function contentSuite(context: DomainContext): void {
  /** A store, and a way to put a row where it stands as somebody else left it. */
  const openWithRows = async () => {
    let bare: Engine | undefined;
    let table: Table | undefined;
    const wrap = (engine: Engine) => {
      bare = engine;
      return forward(engine, {
        converge: (tables, options) => {
          table = tables.find(({ name }) => name === "mastra_messages");
          return engine.converge(tables, options);
        },
      });
    };
    const store = await context.store<MemoryStorage>("memory", { wrap });
    await store.saveThread({ thread: thread("t") });
    const put = (row: Record<string, unknown>) =>
      (bare as Engine).write([
        insert(
          table as Table,
          {
            ...{ id: "m", thread_id: "t", resourceId: "alice", role: "user", type: "v2", seq: 1 },
            createdAt: at(0).getTime(),
            ...row,
          } as never,
        ),
      ]);
    return { store, put };
  };

  describe("older content", () => {
    test.each(cases)("is read: %s", async (_name, found, read, role = "user") => {
      const { store, put } = await openWithRows();
      await put({ content: JSON.stringify(found), role, type: "text" });
      const [stored] = await allOf(store, "t");
      expect(stored?.content).toEqual(read);
      expect(stored?.type).toBe("text");
      expect(stored?.role).toBe(role === "tool" ? "assistant" : role);
      expect((await store.listMessagesById({ messageIds: ["m"] })).messages).toEqual([stored]);
    });

    test.each(cases)("is saved as format 2: %s", async (_name, given, read, role = "user") => {
      const { store } = await openWithRows();
      const { messages: saved } = await store.saveMessages({
        messages: [message("m", { role, content: given as MastraDBMessage["content"] })],
      });
      expect(saved[0]?.content).toEqual(read);
      expect(await allOf(store, "t")).toEqual(saved);
    });

    test("an absent value is read as no parts, and a row without an owner has none", async () => {
      const { store, put } = await openWithRows();
      await put({ content: "null", resourceId: null });
      const [stored] = await allOf(store, "t");
      expect(stored).toEqual({ id: "m", threadId: "t", role: "user", createdAt: at(0), content: empty });
      expect(await store.listMessages({ threadId: "t", resourceId: "alice" })).toMatchObject({
        messages: [],
        total: 0,
      });
    });

    test("is not rewritten by a read, and is decoded before it is changed", async () => {
      const { store, put } = await openWithRows();
      await put({ content: JSON.stringify("hello") });
      await allOf(store, "t");
      const [changed] = await store.updateMessages({ messages: [{ id: "m", content: { metadata: { k: 1 } } }] });
      expect(changed?.content).toEqual({ ...text("hello"), metadata: { k: 1 } });
      expect(await allOf(store, "t")).toEqual([changed]);
    });

    test("bytes and addresses in a message that is saved", async () => {
      const { store } = await openWithRows();
      const content = [
        { type: "image", image: new URL("https://example.com/a.png") },
        { type: "file", data: new Uint8Array([104, 105]), mimeType: "text/plain" },
      ];
      const { messages: saved } = await store.saveMessages({ messages: [message("m", { content: content as never })] });
      expect(saved[0]?.content.parts).toEqual([
        { type: "file", data: "https://example.com/a.png", mimeType: "image/*" },
        { type: "file", data: "aGk=", mimeType: "text/plain" },
      ]);
      expect(await allOf(store, "t")).toEqual(saved);
    });
  });
}
