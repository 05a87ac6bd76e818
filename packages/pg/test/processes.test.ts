import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { PostgresStore } from "@stowage/pg";
import { expect, test } from "vitest";
import { freshSchema, onPostgres } from "./server.ts";

const run = promisify(execFile);
const program = (name: string) => join(import.meta.dirname, "programs", name);

interface Acknowledged {
  messages?: string[];
  step?: string;
  key?: string;
  agent?: string;
}

onPostgres("18", (server) => {
  const open = (schemaName: string) =>
    new PostgresStore({ id: "check", connectionString: server().connectionString, schemaName, max: 4 });

  const storesOf = (storage: PostgresStore) => {
    const { memory, workflows, agents } = storage.stores;
    if (!memory || !workflows || !agents) throw new Error("a domain is missing");
    return { memory, workflows, agents };
  };

  /** Starts a writer and gives what it acknowledged until `interrupt` or the writer itself ended it. */
  const write = async (
    schemaName: string,
    name: string,
    interrupt: (acknowledged: number, kill: () => void) => void,
  ) => {
    const args = [...process.execArgv, program("crash-writer.ts"), server().connectionString, schemaName, name];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let complaint = "";
    child.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    const acknowledged: Acknowledged[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      acknowledged.push(JSON.parse(line) as Acknowledged);
      interrupt(acknowledged.length, () => child.kill("SIGKILL"));
    }
    return { acknowledged, complaint };
  };

  /** Everything acknowledged is there, and nothing is half there. */
  const check = async (schemaName: string, name: string, acknowledged: readonly Acknowledged[]) => {
    const storage = open(schemaName);
    const { memory, workflows, agents } = storesOf(storage);
    const threadId = `thread-${name}`;
    const { messages } = await memory.listMessages({ threadId, perPage: false });
    const stored = new Set(messages.map(({ id }) => id));
    for (const id of acknowledged.flatMap(({ messages = [] }) => messages)) expect(stored).toContain(id);
    expect(messages.length % 3, "a save of three messages is all or nothing").toBe(0);
    const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "crash", runId: threadId });
    for (const { step, key } of acknowledged) {
      if (step && key) {
        expect(snapshot?.context).toHaveProperty(step);
        expect(snapshot?.requestContext).toHaveProperty(key);
      }
    }
    for (const { agent } of acknowledged) {
      if (agent) expect(await agents.countVersions(agent), "an agent comes with its first version").toBe(1);
    }
    await storage.close();
  };

  test("FD-018 writers that are killed lose nothing acknowledged and leave nothing half done", {
    timeout: 240_000,
  }, async () => {
    const schemaName = freshSchema();
    const storage = open(schemaName);
    await storage.init();
    let written = 0;
    for (let n = 0; n < 12; n++) {
      const name = `k${n}`;
      const after = 1 + (n % 6);
      const { acknowledged, complaint } = await write(schemaName, name, (count, kill) => {
        if (count === after) setTimeout(kill, Math.random() * 5);
      });
      expect(complaint).toBe("");
      written += acknowledged.length;
      await check(schemaName, name, acknowledged);
    }
    expect(written).toBeGreaterThanOrEqual(12);
    await storage.close();
  });

  test("a server that goes down and comes back in the middle of writes loses nothing acknowledged", {
    timeout: 240_000,
  }, async () => {
    const schemaName = freshSchema();
    const first = open(schemaName);
    await first.init();
    await first.close();
    for (let n = 0; n < 3; n++) {
      const name = `r${n}`;
      const { acknowledged } = await write(schemaName, name, (count, kill) => {
        if (count !== 6) return;
        void server()
          .crashAndRestart()
          .then(() => setTimeout(kill, 1500));
      });
      expect(acknowledged.length).toBeGreaterThanOrEqual(6);
      await check(schemaName, name, acknowledged);
    }
  });

  test("FD-006 fifty results of one run from four processes are all there, and version numbers have no gap", {
    timeout: 240_000,
  }, async () => {
    const schemaName = freshSchema();
    const storage = open(schemaName);
    await storage.init();
    const { workflows, agents } = storesOf(storage);
    await agents.create({ agent: { id: "shared", name: "n", instructions: "", model: { provider: "p", name: "m" } } });
    const steps = [13, 13, 12, 12];
    await Promise.all(
      steps.map((count, n) =>
        run(process.execPath, [
          ...process.execArgv,
          program("shared-writer.ts"),
          server().connectionString,
          schemaName,
          `p${n}`,
          String(count),
          n < 2 ? "10" : "0",
        ]),
      ),
    );
    const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "shared", runId: "run" });
    const expected = steps.flatMap((count, n) => Array.from({ length: count }, (_, round) => `p${n}-${round}`)).sort();
    expect(
      Object.keys(snapshot?.context ?? {})
        .filter((key) => key !== "input")
        .sort(),
    ).toEqual(expected);
    expect(Object.keys(snapshot?.requestContext ?? {}).sort()).toEqual(expected);
    const { versions } = await agents.listVersions({ agentId: "shared", perPage: false });
    const published = versions.map(({ versionNumber }) => versionNumber).sort((a, b) => a - b);
    expect(published).toEqual(Array.from({ length: 21 }, (_, n) => n + 1));
    await storage.close();
  });
});
