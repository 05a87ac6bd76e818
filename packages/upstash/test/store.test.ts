import { MastraCompositeStore } from "@stowage/core";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import * as stowage from "@stowage/upstash";
import { expect, test } from "vitest";
import { onFront } from "./front.ts";
import { freshPrefix } from "./harness.ts";

const { UpstashStore, StoreMemoryUpstash } = stowage;
const address = { url: "https://example.upstash.io", token: "t" };

test("classes have the names by which they are imported", () => {
  for (const [name, value] of Object.entries(stowage)) {
    if (typeof value === "function" && /^[A-Z]/.test(name)) expect(value.name).toBe(name);
  }
  expect(new UpstashStore({ id: "main", ...address })).toBeInstanceOf(MastraCompositeStore);
  expect(new UpstashStore({ id: "main", ...address }).name).toBe("Upstash");
});

test.each([
  [{ url: "", token: "t" }, "url is required"],
  [{ token: "t" }, "url is required"],
  [{ url: "redis://h", token: "t" }, "url must begin with https://"],
  [{ url: address.url, token: " " }, "token is required"],
  [{ url: address.url }, "token is required"],
  [{ client: {} }, "client must be"],
  [{ ...address, prefix: "{" }, "without braces"],
])("%j is refused", (options, message) => {
  expect(() => new UpstashStore({ id: "main", ...options } as never)).toThrow(message);
  expect(() => new StoreMemoryUpstash(options as never)).toThrow(message);
});

onFront((front) => {
  test("an application's day, then another process's", async () => {
    const options = { url: front().url, token: front().token, prefix: freshPrefix() };
    const storage = new UpstashStore({ id: "day", ...options });
    expect(await applicationDay(storage)).toEqual(expectedDay);
    await storage.close();
    const memory = new StoreMemoryUpstash(options);
    expect(await memory.getThreadById({ threadId: "thread" })).toMatchObject({ resourceId: "ada" });
    await memory.close();
  });

  test("saving ten messages and listing forty are one command each", async () => {
    const storage = new UpstashStore({ id: "cost", url: front().url, token: front().token, prefix: freshPrefix() });
    const memory = await storage.getStore("memory");
    const now = new Date(0);
    await memory?.saveThread({ thread: { id: "t", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now } });
    const content = { format: 2 as const, parts: [{ type: "text" as const, text: "x" }] };
    const messages = Array.from({ length: 10 }, (_, n) => ({
      id: `m${n}`,
      threadId: "t",
      resourceId: "r",
      role: "user" as const,
      createdAt: now,
      content,
    }));
    const before = front().requests.length;
    await memory?.saveMessages({ messages });
    await memory?.listMessages({ threadId: "t", perPage: 40 });
    expect(front().requests.slice(before)).toEqual([["evalsha"], ["evalsha"]]);
    await storage.close();
  });
});
