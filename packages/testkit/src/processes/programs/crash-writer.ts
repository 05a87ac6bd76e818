import { writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { domains, isTemporary, message, model, name, span, stepResult } from "./opened.ts";

// Writes until it is killed, and says after each acknowledged write what it wrote, one line a write. A write that fails for the
// time being is not made again, so that nothing may stand twice; any other failure ends the program.

const { memory, workflows, observability, agents } = await domains();
const threadId = `thread-${name}`;
const now = () => new Date();

async function acknowledged(what: object, write: () => Promise<unknown>): Promise<boolean> {
  try {
    await write();
  } catch (error) {
    if (!isTemporary(error) && (error as { code?: string }).code !== "unknown_outcome") throw error;
    await pause(50);
    return false;
  }
  // Synchronously, so that everything said was acknowledged.
  writeSync(1, `${JSON.stringify(what)}\n`);
  return true;
}

const thread = { id: threadId, resourceId: "r", title: "", metadata: {}, createdAt: now(), updatedAt: now() };
while (!(await acknowledged({ thread: threadId }, () => memory.saveThread({ thread }))));

for (let round = 0; ; round++) {
  const ids = [0, 1, 2].map((n) => `${threadId}-${round}-${n}`);
  const messages = ids.map((id) => message(threadId, id, now()));
  await acknowledged({ messages: ids }, () => memory.saveMessages({ messages }));
  const [step, key] = [`step-${round}`, `key-${round}`];
  await acknowledged({ step, key }, () =>
    workflows.updateWorkflowResults({
      workflowName: "crash",
      runId: threadId,
      stepId: step,
      result: stepResult(round),
      requestContext: { [key]: round },
    }),
  );
  const trace = `trace-${name}-${round}`;
  const records = [span(trace, "root", null), span(trace, "child", "root")];
  await acknowledged({ trace }, () => observability.batchCreateSpans({ records }));
  const agent = `agent-${name}-${round}`;
  await acknowledged({ agent }, () => agents.create({ agent: { id: agent, name: agent, instructions: "", model } }));
}
