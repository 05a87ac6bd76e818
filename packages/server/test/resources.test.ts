import { afterEach, beforeEach, expect, test } from "vitest";
import { openServer, type TestServer } from "./open-server.ts";

const tokens = [
  { token: "all", id: "all", resources: "*" as const, scopes: ["*:*"] },
  { token: "ada", id: "ada", resources: ["ada"], scopes: ["*:*"] },
];
let opened: TestServer;
beforeEach(async () => {
  opened = await openServer({ auth: { tokens } });
});
afterEach(() => opened.close());

async function call(path: string, { token = "all", body }: { token?: string; body?: object } = {}) {
  const response = await fetch(`${opened.url}/api/stowage/resources/${path}`, {
    method: body ? "PATCH" : "GET",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as any };
}

test("a resource nobody wrote about has no working memory", async () => {
  expect(await call("ada")).toEqual({ status: 200, body: { id: "ada", workingMemory: null } });
});

test("working memory is replaced while it is as it was read, and refused after another's change", async () => {
  const written = await call("ada", { body: { workingMemory: "first", expectedUpdatedAt: null } });
  expect(written.body).toMatchObject({ id: "ada", workingMemory: "first" });
  const { updatedAt } = (await call("ada")).body;
  const late = { workingMemory: "late", expectedUpdatedAt: "2020-01-01T00:00:00.000Z" };
  expect((await call("ada", { body: late })).status).toBe(409);
  expect((await call("ada", { body: { workingMemory: "second", expectedUpdatedAt: updatedAt } })).status).toBe(200);
  expect((await call("ada")).body.workingMemory).toBe("second");
});

test("a caller bound to a resource sees and changes no other", async () => {
  expect((await call("ada", { token: "ada" })).status).toBe(200);
  expect((await call("bob", { token: "ada" })).status).toBe(403);
  expect((await call("bob", { token: "ada", body: { workingMemory: "mine" } })).status).toBe(403);
});
