import { LibSQLStore } from "@stowage/libsql";
import { expect, test } from "vitest";

const megabyte = 2 ** 20;
const content = (text: string) => ({ format: 2 as const, parts: [{ type: "text" as const, text }] });

test("FD-125 FD-151 a message larger than the engine takes comes back whole, one over the cap is refused by name", async () => {
  const storage = new LibSQLStore({ id: "large", url: ":memory:" });
  const memory = await storage.getStore("memory");
  const now = new Date();
  await memory?.saveThread({ thread: { id: "t", resourceId: "r", createdAt: now, updatedAt: now } });
  const message = { id: "m", threadId: "t", resourceId: "r", role: "user" as const, createdAt: now };
  // Does not compress to nothing, and has characters of every length.
  const text = Array.from({ length: 33 * megabyte }, (_, i) => String.fromCharCode(33 + ((i * 7919) % 90))).join("");
  await memory?.saveMessages({ messages: [{ ...message, content: content(text) }] });
  const { messages = [] } = (await memory?.listMessages({ threadId: "t" })) ?? {};
  expect(messages[0]?.content.parts).toHaveLength(1);
  expect(JSON.stringify(messages[0]?.content.parts).includes(JSON.stringify(text))).toBe(true);

  const tooLarge = memory?.saveMessages({
    messages: [{ ...message, id: "n", content: content("x".repeat(65 * megabyte)) }],
  });
  await expect(tooLarge).rejects.toMatchObject({
    code: "too_large",
    details: { domain: "memory", operation: "saveMessages", table: "mastra_messages", column: "content" },
  });
  expect(await memory?.listMessagesById({ messageIds: ["n"] })).toEqual({ messages: [] });
  await storage.close();
});
