import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { serverOptions } from "../src/commands/serve.ts";
import { shell } from "./run.ts";

const { folder, listen, run } = shell();

test("one command starts a server on a file, and a signal stops it gracefully", async () => {
  const { url, child } = await listen(["serve", "--storage", "file:agents.db", "--port", "0"]);
  const response = await fetch(`${url}/api/memory/threads`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceId: "ada", threadId: "t1" }),
  });
  expect(response.status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
  const again = await listen(["serve", "--storage", "file:agents.db", "--port", "0", "--read-only"]);
  expect((await fetch(`${again.url}/api/memory/threads/t1`)).status).toBe(200);
  expect((await fetch(`${again.url}/api/memory/threads/t1`, { method: "DELETE" })).status).toBe(403);
  const taken = await run(["serve", "--storage", "memory:", "--port", new URL(again.url).port]);
  expect(taken).toMatchObject({ code: 6, stderr: "stowage serve: the port is taken; --port 0 takes a free one\n" });
});

test("a server that would be open to others does not start, and says how it could", async () => {
  const { code, stderr } = await run(["serve", "--storage", "memory:", "--port", "0", "--host", "0.0.0.0"]);
  expect(code).toBe(2);
  expect(stderr).toMatch(/loopback only.*configure auth/s);
});

test("flags win over the nearest config file upward, which wins over the environment", async () => {
  writeFileSync(
    join(folder(), "stowage.config.mjs"),
    `import { InMemoryStore } from ${JSON.stringify(import.meta.resolve("@stowage/core"))};
     export default { storage: new InMemoryStore(), port: 1234, prefix: "/v2", auth: { tokens: [{ token: "a", id: "a", resources: "*", scopes: [] }] } };`,
  );
  const cwd = join(folder(), "below");
  mkdirSync(cwd);
  const stdout = new PassThrough();
  const env = { STOWAGE_STORAGE: "file:none.db" };
  const context = { cwd, env, stdout, stderr: stdout, stdin: stdout, stopped: Promise.resolve() };
  const options = await serverOptions({ port: "0", token: "secret" }, context);
  expect(options).toMatchObject({ port: 0, prefix: "/v2", storage: { name: "InMemoryStorage" } });
  expect(options.auth?.tokens?.map(({ id }) => id)).toEqual(["a", "command-line"]);
});

test("what cannot be is said in a sentence, without the address", async () => {
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(["serve", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    return stderr.split("\n")[0];
  };
  expect(await refused()).toMatch(/--storage/);
  expect(await refused("--storage", "memory:", "--port", "99999")).toMatch(/--port/);
  expect(await refused("--storage", "oracle://user:pw@host")).toBe(
    "stowage serve: no adapter is known for oracle:; use a config file",
  );
  expect(await refused("--config", "none.ts")).toBe("stowage serve: there is no file none.ts");
  expect(await refused("--nonsense")).toMatch(/nonsense/);
});

test("a .env file is read", async () => {
  writeFileSync(join(folder(), ".env"), "STOWAGE_STORAGE=memory:\nSTOWAGE_TOKEN=secret\n");
  const { url } = await listen(["serve", "--port", "0"]);
  expect((await fetch(`${url}/api/memory/threads`)).status).toBe(401);
});
