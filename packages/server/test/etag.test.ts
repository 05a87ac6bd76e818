import { InMemoryStore } from "@stowage/core";
import { expect, test } from "vitest";
import { createServer } from "../src/index.ts";

test("a thread has a tag: known states are not sent again, and a change that another overtook is refused", async () => {
  const server = createServer({ storage: new InMemoryStore(), port: 0 });
  const ask = (method: string, headers: Record<string, string> = {}, body?: object) =>
    server.fetch(
      new Request(`http://localhost/api/memory/threads${method === "POST" ? "" : "/t"}`, {
        method,
        headers: { "content-type": "application/json", ...headers },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
  await ask("POST", {}, { threadId: "t", resourceId: "ada", metadata: { a: 1 } });
  const first = await ask("GET");
  const etag = first.headers.get("etag") as string;
  expect(etag).toMatch(/^"\d+"$/);
  expect((await ask("GET", { "if-none-match": etag })).status).toBe(304);
  expect((await ask("GET", { "if-none-match": '"0", W/"1"' })).status).toBe(200);

  const [one, two] = await Promise.all([1, 2].map((b) => ask("PATCH", { "if-match": etag }, { metadata: { b } })));
  expect([one?.status, two?.status].sort()).toEqual([200, 412]);
  const refused = one?.status === 412 ? one : two;
  expect(await refused?.json()).toMatchObject({ error: "the thread changed since it was read", code: "conflict" });
  expect((await ask("PATCH", { "if-match": "*" }, { title: "New" })).status).toBe(200);
  expect((await ask("PATCH", {}, { metadata: {} })).status).toBe(200);
  expect(await (await ask("GET")).json()).toMatchObject({ title: "New", metadata: {} });
  await server.close();
});
