import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, expect, test } from "vitest";
import { shell } from "./run.ts";

const { folder, listen, run } = shell();

// What the build makes is tested with the Studio; here any page stands for it.
beforeEach(() => {
  const root = join(folder(), "pages");
  mkdirSync(root);
  writeFileSync(join(root, "index.html"), "<!doctype html><title>Stowage</title>");
  writeFileSync(join(folder(), "stowage.config.mjs"), `export default { studio: { root: ${JSON.stringify(root)} } };`);
});

test("one command serves the Studio and the API, deep links included", async () => {
  const { url, child } = await listen(["studio", "--storage", "file:agents.db", "--port", "0"]);
  for (const path of ["/", "/threads/t1?m=m1"]) {
    const response = await fetch(`${url}${path}`);
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(await response.text()).toContain("Stowage");
  }
  expect((await fetch(`${url}/api/memory/threads`)).status).toBe(200);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("beyond loopback a token is made up, and asked for", async () => {
  const { url, child } = await listen(["studio", "--storage", "memory:", "--port", "0", "--host", "0.0.0.0"]);
  const local = url.replace("0.0.0.0", "127.0.0.1");
  expect((await fetch(`${local}/api/memory/threads`)).status).toBe(401);
  expect((await fetch(`${local}/`)).status).toBe(200);
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("an export is shown without its database, and only shown", async () => {
  const [title, content] = ["From afar", { format: 2, parts: [{ type: "text", text: "hi" }] }];
  const dates = { createdAt: "2026-01-10T00:00:00.000Z", updatedAt: "2026-01-10T00:00:00.000Z" };
  const lines = [
    { stowage: "export", format: 1, source: "PostgresStore", domains: ["memory"] },
    { d: "memory", t: "threads", r: { id: "t1", resourceId: "ada", title, ...dates } },
    { d: "memory", t: "messages", r: { id: "m1", threadId: "t1", resourceId: "ada", role: "user", content, ...dates } },
    { d: "memory", t: "nothing", r: {} },
  ];
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  writeFileSync(join(folder(), "dump.jsonl.gz"), gzipSync(text));
  const { url, child } = await listen(["studio", "--file", "dump.jsonl.gz", "--port", "0"]);
  const { threads } = (await (await fetch(`${url}/api/memory/threads`)).json()) as { threads: object[] };
  expect(threads).toMatchObject([{ id: "t1", title }]);
  expect(await (await fetch(`${url}/api/stowage/server`)).json()).toMatchObject({ readOnly: true });
  expect((await fetch(`${url}/api/memory/threads/t1`, { method: "DELETE" })).status).toBe(403);
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
});

test("an export is told apart from a storage, and has to be there", async () => {
  expect(await run(["studio", "--file", "none.jsonl"])).toMatchObject({ code: 2 });
  const both = await run(["studio", "--file", "none.jsonl", "--storage", "memory:"]);
  expect(both).toMatchObject({ code: 2, stderr: expect.stringContaining("not both") });
});

test("flags that cannot be are refused before anything listens", async () => {
  expect(await run(["studio", "--storage", "memory:", "--port", "many"])).toMatchObject({ code: 2, stdout: "" });
});
