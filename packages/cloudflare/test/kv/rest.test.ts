import { MemoryStorageCloudflare, workersKVEngine } from "@stowage/cloudflare/kv";
import { stack } from "@stowage/core/layers";
import { fd, storageOn } from "@stowage/testkit";
import { applicationDay, expectedDay } from "@stowage/testkit/remote";
import { describe, expect, test } from "vitest";
import { layers, onWorkerd, restTo } from "./harness.ts";

const url = onWorkerd();

describe("the REST interface", () => {
  const options = { accountId: "account", apiToken: "token" };

  test("serves an application on all seven domains; the namespace is looked for once", async () => {
    const asked: string[] = [];
    const to = restTo(url);
    const fetch: typeof globalThis.fetch = (input, init) => {
      asked.push(`${init?.method} ${new URL(String(input)).pathname}`);
      return to(input, init);
    };
    const storage = storageOn(stack(workersKVEngine(options, { fetch }), layers));
    expect(await applicationDay(storage)).toEqual(expectedDay);
    expect(asked.filter((path) => path.endsWith("/namespaces"))).toEqual([
      "GET /client/v4/accounts/account/storage/kv/namespaces",
    ]);
    expect(asked.filter((path) => path.startsWith("PUT ")).every((path) => path.endsWith("/bulk"))).toBe(true);
    await storage.close();
  });

  test("an instance of Cloudflare's client serves as well, for a domain that stands alone", async () => {
    const to = restTo(url);
    const send =
      (method: string) =>
      async (path: string, { query = {}, body }: { query?: object; body?: unknown } = {}) => {
        const search = new URLSearchParams(
          Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
        );
        const address = `https://api.cloudflare.com/client/v4${path}?${search}`;
        const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
        return (await to(address, init)).json();
      };
    const client = { get: send("GET"), post: send("POST"), put: send("PUT") };
    const memory = new MemoryStorageCloudflare({ client, accountId: "account" });
    const threadId = "by client";
    const now = new Date();
    await memory.saveThread({
      thread: { id: threadId, resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now },
    });
    // A member `value` on top of a content is content and no envelope.
    const content = { format: 2 as const, parts: [], value: "mine" };
    const messages = Array.from({ length: 1500 }, (_, index) => ({
      id: `letter${index}`,
      threadId,
      resourceId: "r",
      role: "user" as const,
      type: "text",
      content,
      createdAt: new Date(index),
    }));
    for (let from = 0; from < messages.length; from += 500) {
      await memory.saveMessages({ messages: messages.slice(from, from + 500) as never });
    }
    const listed = await memory.listMessages({ threadId, perPage: false });
    expect(listed.total).toBe(1500);
    expect(listed.messages.map(({ id }) => id)).toEqual(messages.map(({ id }) => id));
    expect(listed.messages[0]?.content).toEqual(content);
    await memory.close();
  });

  test("what the interface refuses is a typed error without the token", async () => {
    const storage = storageOn(
      stack(
        workersKVEngine(options, {
          fetch: async () => Response.json({ success: false, errors: [{ message: "no" }] }, { status: 403 }),
        }),
        layers,
      ),
    );
    const failure = await storage.init().catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "permission", retry: "permanent" });
    expect(JSON.stringify(failure)).not.toContain("token");
  });
});

describe("a REST interface that fails now and then", () => {
  const url = onWorkerd();

  fd("FD-003", "requests that fail, and answers that are lost, lose nothing", async () => {
    const to = restTo(url);
    let count = 0;
    let failed = 0;
    const refuse = (status: number) => Response.json({ success: false, errors: [{ message: "no" }] }, { status });
    const fetch: typeof globalThis.fetch = async (input, init) => {
      const turn = count++ % 28;
      if (turn % 7 === 6) failed++;
      if (turn === 6) throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
      if (turn === 13) return refuse(429);
      if (turn === 20) return refuse(503);
      const answer = await to(input, init);
      if (turn !== 27) return answer;
      await answer.arrayBuffer();
      throw new TypeError("fetch failed", { cause: new Error("read ECONNRESET") });
    };
    const options = { accountId: "account", apiToken: "token" };
    const storage = storageOn(stack(workersKVEngine(options, { fetch }), layers));
    expect(await applicationDay(storage)).toEqual(expectedDay);
    expect(failed).toBeGreaterThan(7);
    await storage.close();
  });
});
