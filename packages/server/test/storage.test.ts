import { afterEach, beforeEach, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

let opened: TestServer;
beforeEach(async () => {
  opened = await openServer();
});
afterEach(() => opened.close());

async function call(path: string, body?: object) {
  const response = await fetch(`${opened.url}/api/stowage/${path}`, {
    method: body ? "POST" : "GET",
    ...(body && { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return { status: response.status, body: (await response.json()) as any };
}

async function writeOldThread() {
  const time = new Date("2020-01-01T00:00:00Z");
  const memory = await opened.storage.getStore("memory");
  for (const [id, at] of [
    ["old", time],
    ["new", new Date()],
  ] as const)
    await memory?.saveThread({ thread: { id, resourceId: "ada", title: id, createdAt: at, updatedAt: at } });
}

test("the schema is checked, and made as it should be", async () => {
  const pending = await call("storage/schema");
  expect(pending.body.engines).toHaveLength(1);
  expect(pending.body.engines[0]).toMatchObject({ engine: "libsql" });
  expect(pending.body.engines[0].statements.length).toBeGreaterThan(5);
  expect((await call("storage/schema", {})).body.engines[0].statements).toEqual(pending.body.engines[0].statements);
  expect((await call("storage/schema")).body.engines[0].statements).toEqual([]);
});

test("what would go by age is counted before it goes", async () => {
  await writeOldThread();
  const rowsOf = ({ body }: { body: any }, table: string) =>
    body.results.find((result: { table: string }) => result.table === table);
  expect(rowsOf(await call("storage/prune?olderThan=30d&domain=memory"), "mastra_threads")).toMatchObject({
    deleted: 1,
    done: true,
  });
  expect(rowsOf(await call("storage/prune", { olderThan: "30d", domain: "memory" }), "mastra_threads")).toMatchObject({
    deleted: 1,
  });
  expect(rowsOf(await call("storage/prune?olderThan=30d&domain=memory"), "mastra_threads")).toMatchObject({
    deleted: 0,
  });
  expect(await (await opened.storage.getStore("memory"))?.getThreadById({ threadId: "new" })).not.toBeNull();
  expect((await call("storage/prune?olderThan=soon")).body.error).toMatch(/olderThan/);
  expect((await call("storage/prune?olderThan=1d&domain=nothing")).body.error).toMatch(/nothing of this name ages/);
  expect((await call("storage/prune?domain=memory")).status).toBe(400);
});

test("the description tells the ages of a table and how long the server waited for a domain", async () => {
  await writeOldThread();
  await fetch(`${opened.url}/api/memory/threads`);
  const { body } = await call("storage");
  const memory = body.domains.find(({ domain }: { domain: string }) => domain === "memory");
  expect(memory.lastHour).toMatchObject({ calls: 1, failures: 0, p50: expect.any(Number) });
  const threads = memory.tables.find(({ name }: { name: string }) => name === "mastra_threads");
  expect(threads).toMatchObject({
    rows: { count: 2, precision: "exact" },
    ages: { column: "createdAt", oldest: "2020-01-01T00:00:00.000Z", lastDay: 1 },
  });
});

test("a read-only server says so, and neither prunes nor changes the schema", async () => {
  await opened.close();
  opened = await openServer({ readOnly: true });
  expect((await call("server")).body).toMatchObject({ readOnly: true });
  expect((await call("storage/prune", { olderThan: "1d" })).body.code).toBe("read_only");
  expect((await call("storage/schema", {})).body.code).toBe("read_only");
  expect((await call("storage/schema")).status).toBe(200);
});
