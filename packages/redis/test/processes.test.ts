import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { RedisStore } from "@stowage/redis";
import type { RedisServer } from "@stowage/testkit/engines";
import { expect, test } from "vitest";
import { freshPrefix } from "./harness.ts";
import { onRedis } from "./server.ts";

const run = promisify(execFile);
const processes = 8;
const rounds = 12;
const program = (name: string) => [...process.execArgv, join(import.meta.dirname, "programs", name)];

async function open(server: RedisServer, keyPrefix: string) {
  const storage = new RedisStore({ id: "main", connectionString: server.connectionString, keyPrefix });
  const [memory, workflows, observability, agents] = await Promise.all([
    storage.getStore("memory"),
    storage.getStore("workflows"),
    storage.getStore("observability"),
    storage.getStore("agents"),
  ]);
  if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");
  return { storage, memory, workflows, observability, agents };
}

onRedis("processes", (server) => {
  test("FD-004 FD-106 eight processes write one server at once: no error, no lost update, one order", async () => {
    const keyPrefix = freshPrefix();
    const { storage, memory, workflows, observability, agents } = await open(server(), keyPrefix);
    const now = new Date(0);
    await memory.saveThread({
      thread: { id: "shared", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now },
    });
    await agents.create({ agent: { id: "shared", name: "n", instructions: "", model: { provider: "p", name: "m" } } });

    await Promise.all(
      Array.from({ length: processes }, (_, n) =>
        run(process.execPath, [
          ...program("shared-writer.ts"),
          server().connectionString,
          keyPrefix,
          `p${n}`,
          String(rounds),
        ]),
      ),
    );

    const total = processes * rounds;
    const up = await memory.listMessages({ threadId: "shared", perPage: false });
    const down = await memory.listMessages({ threadId: "shared", perPage: false, orderBy: { direction: "DESC" } });
    expect(up.messages).toHaveLength(2 * total);
    expect(down.messages.map(({ id }) => id)).toEqual(up.messages.map(({ id }) => id).reverse());
    for (let n = 0; n < processes; n++) {
      const own = up.messages.map(({ id }) => id).filter((id) => id.startsWith(`p${n}-`));
      expect(own).toEqual(
        Array.from({ length: rounds }, (_, round) => [`p${n}-${round}-q`, `p${n}-${round}-a`]).flat(),
      );
    }
    const thread = await memory.getThreadById({ threadId: "shared" });
    expect(Object.keys(thread?.metadata ?? {})).toHaveLength(total);
    const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "shared", runId: "run" });
    expect(Object.keys(snapshot?.context ?? {})).toHaveLength(total);
    expect(Object.keys(snapshot?.requestContext ?? {})).toHaveLength(total);
    expect((await observability.getTrace({ traceId: "trace" }))?.spans).toHaveLength(total);
    const { versions } = await agents.listVersions({
      agentId: "shared",
      perPage: false,
      orderBy: { direction: "ASC" },
    });
    expect(versions.map(({ versionNumber }) => versionNumber)).toEqual(
      Array.from({ length: total + 1 }, (_, n) => n + 1),
    );
    await storage.close();
  });

  test("FD-018 a writer that is killed leaves everything it had acknowledged, and nothing by halves", async () => {
    const keyPrefix = freshPrefix();
    const acknowledged: Record<string, unknown>[] = [];
    for (let life = 0; life < 4; life++) {
      const child = spawn(process.execPath, [...program("crash-writer.ts"), server().connectionString, keyPrefix]);
      const ended = new Promise((resolve) => child.once("close", resolve));
      let said = 0;
      for await (const line of createInterface({ input: child.stdout })) {
        acknowledged.push(JSON.parse(line) as Record<string, unknown>);
        // Somewhere in the middle of whatever comes next.
        if (++said === 20 + life * 7) setTimeout(() => child.kill("SIGKILL"), life);
      }
      await ended;
    }
    const { storage, memory, workflows } = await open(server(), keyPrefix);
    const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "crash", runId: "run" });
    for (let n = 0; n < 5; n++) {
      const threadId = `thread-${n}`;
      const { messages, total } = await memory.listMessages({ threadId, perPage: false });
      const stored = messages.map(({ id }) => id);
      expect(total).toBe(stored.length);
      for (const { threadOf, messages: ids } of acknowledged) {
        if (threadOf === threadId) expect(stored).toEqual(expect.arrayContaining(ids as string[]));
      }
      // Three of a batch, or none.
      const batches = Map.groupBy(stored, (id) => id.split("-")[1]);
      expect([...batches.values()].every((ids) => ids.length === 3)).toBe(true);
      expect(await memory.getThreadById({ threadId })).not.toBeNull();
    }
    for (const { step } of acknowledged) if (step) expect(snapshot?.context).toHaveProperty(String(step));
    await storage.close();
  });

  test("FD-018 a server that is killed and comes back: calls wait for it, and no write is applied twice", async () => {
    const keyPrefix = freshPrefix();
    const { storage, memory } = await open(server(), keyPrefix);
    const now = new Date(0);
    await memory.saveThread({ thread: { id: "t", resourceId: "r", metadata: {}, createdAt: now, updatedAt: now } });
    const content = { format: 2 as const, parts: [{ type: "text" as const, text: "x" }] };
    const save = (id: string) =>
      memory.saveMessages({
        messages: [{ id, threadId: "t", resourceId: "r", role: "user", createdAt: now, content }],
      });
    const saved: string[] = [];
    let isRunning = true;
    const writing = (async () => {
      for (let n = 0; isRunning; n++) {
        await save(`m${n}`);
        saved.push(`m${n}`);
      }
    })();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server().crashAndRestart();
    await new Promise((resolve) => setTimeout(resolve, 300));
    isRunning = false;
    await writing;
    const { messages } = await memory.listMessages({ threadId: "t", perPage: false });
    expect(messages.map(({ id }) => id)).toEqual(saved);
    await storage.close();
  });
});
