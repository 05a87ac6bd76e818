import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { AdapterStore } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../field-defect.ts";
import type { ProcessHarness, StorageModule } from "./harness.ts";
import { type Acknowledged, crashWriter, programArguments } from "./writer.ts";

const run = promisify(execFile);
const limit = 240_000;
/** What a writer may take that is started, killed and looked after, in milliseconds. */
const killed = 3_000;
const model = { provider: "p", name: "m" };

/** Several processes on one database, and processes and servers that are killed in the middle of writes. */
export function processSuite(harness: ProcessHarness): void {
  const { module, place, crashAndRestart, kills = 8, isUndisturbed = false } = harness;
  const open = async (at: readonly string[]) => ((await import(module)) as StorageModule).openStorage(at);

  /** What eight processes wrote in turns, and what each of their rounds is called. */
  async function eightWriters() {
    const at = await place();
    const storage = await open(at);
    const { memory, agents } = domainsOf(storage);
    const now = new Date(0);
    await memory.saveThread({
      thread: { id: "shared", resourceId: "r", title: "", metadata: {}, createdAt: now, updatedAt: now },
    });
    await agents.create({ agent: { id: "shared", name: "n", instructions: "", model } });
    const names = Array.from({ length: 8 }, (_, n) => `p${n}`);
    await Promise.all(
      names.map((name) =>
        run(
          process.execPath,
          programArguments("shared-writer", module, at, name, String(roundsOfEach), String(isUndisturbed)),
        ),
      ),
    );
    return { storage, names };
  }

  describe("processes", () => {
    fd(
      "FD-018",
      "FD-010: writers that are killed lose nothing acknowledged and leave nothing half done",
      async () => {
        const lanes = kills > 8 ? 4 : 1;
        const lane = async (first: number) => {
          const at = await place();
          const storage = await open(at);
          await storage.init();
          for (let n = first; n < kills; n += lanes) {
            const name = `k${n}`;
            const args = programArguments("crash-writer", module, at, name);
            const acknowledged = await crashWriter(args, (count, kill) => {
              // Somewhere in the middle of whatever comes next.
              if (count === 1 + (n % 7)) setTimeout(kill, n % 8);
            });
            await check(storage, name, acknowledged);
          }
          await storage.close();
        };
        await Promise.all(Array.from({ length: lanes }, (_, first) => lane(first)));
      },
      limit + kills * killed,
    );

    test.runIf(crashAndRestart)(
      "a server that goes down and comes back in the middle of writes loses nothing acknowledged",
      async () => {
        const at = await place();
        const first = await open(at);
        await first.init();
        await first.close();
        for (let n = 0; n < 2; n++) {
          const name = `r${n}`;
          let isBack = false;
          let since = 0;
          const args = programArguments("crash-writer", module, at, name);
          const acknowledged = await crashWriter(args, (count, kill) => {
            if (count === 6) void crashAndRestart?.().then(() => (isBack = true));
            if (isBack && ++since === 4) kill();
          });
          const storage = await open(at);
          await check(storage, name, acknowledged);
          await storage.close();
        }
      },
      limit,
    );

    fd(
      "FD-004",
      "FD-106: eight processes on one thread, one run, one trace and one agent: nothing is lost, and there is one order",
      async () => {
        const { storage, names } = await eightWriters();
        const { memory, workflows, observability, agents } = domainsOf(storage);
        const orderBy = { direction: "DESC" as const };
        const up = await memory.listMessages({ threadId: "shared", perPage: false });
        const down = await memory.listMessages({ threadId: "shared", perPage: false, orderBy });
        const ids = up.messages.map(({ id }) => id);
        expect(down.messages.map(({ id }) => id)).toEqual([...ids].reverse());
        expect(ids).toHaveLength(2 * names.length * roundsOfEach);
        for (const name of names) {
          const own = roundsOf(name).flatMap((round) => [`${round}-q`, `${round}-a`]);
          expect(ids.filter((id) => id.startsWith(`${name}-`))).toEqual(own);
        }

        const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "shared", runId: "run" });
        const { input: _, ...steps } = snapshot?.context ?? {};
        const rounds = names.flatMap(roundsOf).sort();
        expect(Object.keys(steps).sort()).toEqual(rounds);
        expect(Object.keys(snapshot?.requestContext ?? {}).sort()).toEqual(rounds);

        const thread = await memory.getThreadById({ threadId: "shared" });
        expect(Object.keys(thread?.metadata ?? {}).sort()).toEqual(rounds);
        const trace = await observability.getTrace({ traceId: "trace" });
        expect(trace?.spans.map(({ spanId }) => spanId).sort()).toEqual(rounds);

        const { versions } = await agents.listVersions({ agentId: "shared", perPage: false });
        const numbers = versions.map(({ versionNumber }) => versionNumber).sort((a, b) => a - b);
        expect(numbers, "version numbers have no gap").toEqual(
          Array.from({ length: rounds.length + 1 }, (_, n) => n + 1),
        );
        await storage.close();
      },
      limit,
    );
  });
}

const roundsOfEach = 6;
const roundsOf = (name: string) => Array.from({ length: roundsOfEach }, (_, round) => `${name}-${round}`);

function domainsOf({ stores: { memory, workflows, observability, agents } }: AdapterStore) {
  if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");
  return { memory, workflows, observability, agents };
}

/** That everything acknowledged is there, and nothing is half there. */
async function check(storage: AdapterStore, name: string, acknowledged: readonly Acknowledged[]): Promise<void> {
  const { memory, workflows, observability, agents } = domainsOf(storage);
  const threadId = `thread-${name}`;
  const { messages } = await memory.listMessages({ threadId, perPage: false });
  const stored = new Set(messages.map(({ id }) => id));
  for (const id of acknowledged.flatMap(({ messages = [] }) => messages)) expect(stored).toContain(id);
  expect(messages.length % 3, "a save of three messages is all or nothing").toBe(0);
  for (const { id, content } of messages) expect(JSON.stringify(content)).toContain(id);

  const snapshot = await workflows.loadWorkflowSnapshot({ workflowName: "crash", runId: threadId });
  for (const { step, key } of acknowledged) {
    if (step) expect(snapshot?.context).toHaveProperty(step);
    if (key) expect(snapshot?.requestContext).toHaveProperty(key);
  }
  const { input: _, ...steps } = snapshot?.context ?? {};
  const keys = Object.keys(snapshot?.requestContext ?? {});
  expect(keys, "a step comes with its request context").toHaveLength(Object.keys(steps).length);

  const saidOf = (what: "trace" | "agent") => new Set(acknowledged.map((entry) => entry[what]));
  const [traces, made] = [saidOf("trace"), saidOf("agent")];
  // One round more than was told of may have begun.
  for (let round = 0; round <= Math.ceil(acknowledged.length / 4); round++) {
    const traceId = `trace-${name}-${round}`;
    const trace = await observability.getTrace({ traceId });
    if (trace || traces.has(traceId)) expect(trace?.spans, "spans of one call come together").toHaveLength(2);
    const agent = `agent-${name}-${round}`;
    if (made.has(agent) || (await agents.getById(agent))) {
      expect(await agents.countVersions(agent), "an agent comes with its first version").toBe(1);
    }
  }
}
