import { writeSync } from "node:fs";
import { PostgresStore } from "@stowage/pg";

// Writes until it is killed, and says after each acknowledged write what it wrote: `crash-writer.ts <url> <schema> <name>`.
// One line a write, written synchronously, so that nothing said was not acknowledged.

const [connectionString = "", schemaName = "", name = ""] = process.argv.slice(2);
const acknowledge = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);

const storage = new PostgresStore({ id: name, connectionString, schemaName, max: 3 });
const memory = await storage.getStore("memory");
const workflows = await storage.getStore("workflows");
const agents = await storage.getStore("agents");
if (!memory || !workflows || !agents) throw new Error("a domain is missing");

const threadId = `thread-${name}`;
const now = () => new Date();
await memory.saveThread({
  thread: { id: threadId, resourceId: "r", title: "", metadata: {}, createdAt: now(), updatedAt: now() },
});
acknowledge({ thread: threadId });

for (let round = 0; ; round++) {
  const ids = [0, 1, 2].map((n) => `${threadId}-${round}-${n}`);
  await memory.saveMessages({
    messages: ids.map((id) => ({
      id,
      threadId,
      resourceId: "r",
      role: "user" as const,
      createdAt: now(),
      content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
    })),
  });
  acknowledge({ messages: ids });
  const step = `step-${round}`;
  await workflows.updateWorkflowResults({
    workflowName: "crash",
    runId: threadId,
    stepId: step,
    result: { status: "success", output: round, payload: {}, startedAt: 1, endedAt: 2 },
    requestContext: { [`key-${round}`]: round },
  });
  acknowledge({ step, key: `key-${round}` });
  const agent = `agent-${name}-${round}`;
  await agents.create({ agent: { id: agent, name: agent, instructions: "", model: { provider: "p", name: "m" } } });
  acknowledge({ agent });
}
