import { writeSync } from "node:fs";
import { LibSQLStore } from "@stowage/libsql";

// Writes to every kind of domain until it is killed, and says after each acknowledged write what it wrote:
// `crash-writer.ts <url> <generation>`. One line a write, written synchronously, so that nothing said was not acknowledged.

const [url = "", generation = "0"] = process.argv.slice(2);
const acknowledge = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);

const storage = new LibSQLStore({ id: "crash-writer", url });
const memory = await storage.getStore("memory");
const workflows = await storage.getStore("workflows");
const observability = await storage.getStore("observability");
const agents = await storage.getStore("agents");
if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");

const threadId = `thread-${generation}`;
const now = () => new Date();
await memory.saveThread({
  thread: { id: threadId, resourceId: "r", title: "", metadata: {}, createdAt: now(), updatedAt: now() },
});
acknowledge({ thread: threadId });

const body = "x".repeat(2000);
for (let round = 0; ; round++) {
  const ids = [0, 1, 2].map((n) => `${threadId}-${round}-${n}`);
  await memory.saveMessages({
    messages: ids.map((id) => ({
      id,
      threadId,
      resourceId: "r",
      role: "user" as const,
      createdAt: now(),
      content: { format: 2 as const, parts: [{ type: "text" as const, text: `${id} ${body}` }] },
    })),
  });
  acknowledge({ messages: ids });

  const step = `step-${round}`;
  await workflows.updateWorkflowResults({
    workflowName: "crash",
    runId: threadId,
    stepId: step,
    result: { status: "success", output: { round, body }, payload: {}, startedAt: 1, endedAt: 2 },
    requestContext: { [`key-${round}`]: round },
  });
  acknowledge({ run: threadId, step, key: `key-${round}` });

  const traceId = `trace-${generation}-${round}`;
  await observability.batchCreateSpans({
    records: ["root", "child"].map((spanId) => ({
      traceId,
      spanId,
      parentSpanId: spanId === "root" ? null : "root",
      name: spanId,
      spanType: "generic",
      isEvent: false,
      startedAt: now(),
      endedAt: now(),
      input: { body },
    })) as never,
  });
  acknowledge({ trace: traceId });

  const agent = `agent-${generation}-${round}`;
  await agents.create({ agent: { id: agent, name: agent, instructions: body, model: { provider: "p", name: "m" } } });
  acknowledge({ agent });
}
