import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { LibSQLStore } from "@stowage/libsql";
import { expect, test } from "vitest";

interface Acknowledged {
  thread?: string;
  messages?: string[];
  run?: string;
  step?: string;
  key?: string;
  trace?: string;
  agent?: string;
}

const kills = Number(process.env.STOWAGE_CRASHES ?? 200);
const lanes = 4;
const program = join(import.meta.dirname, "programs/crash-writer.ts");

/** Starts a writer, kills it after some acknowledged writes and a random moment more, and gives what it acknowledged. */
async function crash(url: string, generation: string): Promise<Acknowledged[]> {
  const child = spawn(process.execPath, [...process.execArgv, program, url, generation], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const acknowledged: Acknowledged[] = [];
  let complaint = "";
  child.stderr.on("data", (chunk) => {
    complaint += chunk;
  });
  const after = Math.floor(Math.random() * 8);
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(JSON.parse(line) as Acknowledged);
    if (acknowledged.length === after + 1) setTimeout(() => child.kill("SIGKILL"), Math.random() * 4);
  }
  expect(complaint, "the writer itself must not fail").toBe("");
  return acknowledged;
}

/** Everything acknowledged is there, and nothing is half there. */
async function check(storage: LibSQLStore, generation: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const { memory, workflows, observability, agents } = storage.stores;
  if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");
  const threadId = `thread-${generation}`;

  const { messages } = await memory.listMessages({ threadId, perPage: false });
  const stored = new Set(messages.map(({ id }) => id));
  for (const id of acknowledged.flatMap(({ messages = [] }) => messages)) expect(stored).toContain(id);
  expect(messages.length % 3, "a save of three messages is all or nothing").toBe(0);
  for (const { id, content } of messages) expect(JSON.stringify(content)).toContain(id);

  const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "crash", runId: threadId });
  for (const { step, key } of acknowledged) {
    if (step && key) {
      expect(snapshot?.context).toHaveProperty(step);
      expect(snapshot?.requestContext).toHaveProperty(key);
    }
  }
  const steps = Object.keys(snapshot?.context ?? {}).length;
  expect(Object.keys(snapshot?.requestContext ?? {}), "a step comes with its request context").toHaveLength(steps);

  const rounds = Math.ceil(acknowledged.length / 4) + 1;
  for (let round = 0; round < rounds; round++) {
    const traceId = `trace-${generation}-${round}`;
    const trace = await observability.getTrace({ traceId });
    if (trace || acknowledged.some((entry) => entry.trace === traceId)) expect(trace?.spans).toHaveLength(2);
    const agent = `agent-${generation}-${round}`;
    const record = await agents.getById(agent);
    if (record || acknowledged.some((entry) => entry.agent === agent)) {
      expect(await agents.countVersions(agent), "an agent comes with its first version").toBe(1);
    }
  }
}

test(`FD-010 FD-018 FD-020: nothing acknowledged is lost and nothing is half there after ${kills} kills`, {
  timeout: 0,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "stowage-crash-"));
  let written = 0;
  try {
    const lane = async (name: number) => {
      const url = pathToFileURL(join(folder, `lane-${name}.db`)).href;
      for (let n = name; n < kills; n += lanes) {
        const generation = String(n);
        const acknowledged = await crash(url, generation);
        written += acknowledged.length;
        const storage = new LibSQLStore({ id: "crash-check", url });
        await storage.init();
        await check(storage, generation, acknowledged);
        await storage.close();
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, name) => lane(name)));
    expect(written).toBeGreaterThanOrEqual(kills);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
