import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readCommand } from "../src/command.ts";

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stowage-command-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const bin = join(import.meta.dirname, "..", "src", "bin.ts");

/** Runs the command and gives its address once it listens. */
async function run(...args: string[]): Promise<{ url: string; process: ChildProcess }> {
  const started = spawn(process.execPath, ["--conditions=@stowage/source", bin, ...args], { cwd: folder });
  child = started;
  let output = "";
  started.stderr.on("data", (chunk) => (output += chunk));
  const url = await new Promise<string>((resolve, reject) => {
    started.stdout.on("data", (chunk) => {
      output += chunk;
      const found = /listens on (\S+)/.exec(output);
      if (found) resolve(found[1] as string);
    });
    started.once("exit", () => reject(new Error(output)));
  });
  return { url, process: started };
}

test("one command starts a server on a file, and a signal stops it gracefully", async () => {
  const { url, process: running } = await run("--storage", "file:agents.db", "--port", "0");
  const response = await fetch(`${url}/api/memory/threads`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceId: "ada", threadId: "t1" }),
  });
  expect(response.status).toBe(200);
  running.kill("SIGTERM");
  const [code] = await once(running, "exit");
  expect(code).toBe(0);
  const again = await run("--storage", "file:agents.db", "--port", "0", "--read-only");
  expect((await fetch(`${again.url}/api/memory/threads/t1`)).status).toBe(200);
  expect((await fetch(`${again.url}/api/memory/threads/t1`, { method: "DELETE" })).status).toBe(403);
}, 60_000);

test("a server that would be open to others does not start, and says how it could", async () => {
  await expect(run("--storage", "memory:", "--port", "0", "--host", "0.0.0.0")).rejects.toThrow(
    /loopback only.*configure auth/s,
  );
}, 30_000);

test("flags win over the config file, which wins over the environment", async () => {
  writeFileSync(
    join(folder, "stowage.server.mjs"),
    `import { InMemoryStore } from ${JSON.stringify(import.meta.resolve("@stowage/core"))};
     export default { storage: new InMemoryStore(), port: 1234, prefix: "/v2", auth: { tokens: [{ token: "a", id: "a", resources: "*", scopes: [] }] } };`,
  );
  const { options } = await readCommand(
    ["--port", "0", "--token", "secret"],
    { STOWAGE_STORAGE: "file:none.db" },
    folder,
  );
  expect(options).toMatchObject({ port: 0, prefix: "/v2", storage: { name: "InMemoryStorage" } });
  expect(options?.auth?.tokens?.map(({ id }) => id)).toEqual(["a", "command-line"]);
});

test("what cannot be is said in a sentence, without the address", async () => {
  const refused = (...args: string[]) => readCommand(args, {}, folder);
  await expect(refused()).rejects.toThrow(/--storage/);
  await expect(refused("--storage", "memory:", "--port", "99999")).rejects.toThrow(/--port/);
  await expect(refused("--storage", "oracle://user:pw@host")).rejects.toThrow(
    /^no adapter is known for oracle:; use a config file$/,
  );
  await expect(refused("--storage", "mongodb://user:pw@host", "--config", "none.ts")).rejects.toThrow(
    /there is no file none.ts/,
  );
  await expect(refused("--nonsense")).rejects.toThrow(/nonsense/);
  expect(await refused("--help")).toMatchObject({ help: true });
});
