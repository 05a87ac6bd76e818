import { writeSync } from "node:fs";
import { RedisStore } from "@stowage/redis";

// Writes until it is killed, and says after each acknowledged write what it wrote: `crash-writer.ts <url> <prefix>`. One line a
// write, written synchronously, so that nothing said was not acknowledged.

const [connectionString = "", keyPrefix = ""] = process.argv.slice(2);
const acknowledge = (what: object) => writeSync(1, `${JSON.stringify(what)}\n`);
const storage = new RedisStore({ id: "crash", connectionString, keyPrefix });
const memory = await storage.getStore("memory");
const workflows = await storage.getStore("workflows");
if (!memory || !workflows) throw new Error("a domain is missing");

for (let round = 0; ; round++) {
  const threadId = `thread-${round % 5}`;
  const now = new Date();
  await memory.saveThread({
    thread: { id: threadId, resourceId: "r", metadata: { round }, createdAt: now, updatedAt: now },
  });
  acknowledge({ thread: threadId, round });
  const ids = [0, 1, 2].map((n) => `m-${round}-${n}`);
  await memory.saveMessages({
    messages: ids.map((id) => ({
      id,
      threadId,
      resourceId: "r",
      role: "user" as const,
      createdAt: now,
      content: { format: 2 as const, parts: [{ type: "text" as const, text: id }] },
    })),
  });
  acknowledge({ threadOf: threadId, messages: ids });
  await workflows.updateWorkflowResults({
    workflowName: "crash",
    runId: "run",
    stepId: `step-${round}`,
    result: { status: "success", output: round, payload: {}, startedAt: 1, endedAt: 2 },
    requestContext: {},
  });
  acknowledge({ step: `step-${round}` });
}
