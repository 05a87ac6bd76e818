import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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

test("flags that cannot be are refused before anything listens", async () => {
  expect(await run(["studio", "--storage", "memory:", "--port", "many"])).toMatchObject({ code: 2, stdout: "" });
});
