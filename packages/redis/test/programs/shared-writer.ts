import { RedisStore } from "@stowage/redis";

// One of several processes on one server: `shared-writer.ts <url> <prefix> <name> <rounds>`. Any error ends it with a non-zero
// code.

const [connectionString = "", keyPrefix = "", name = "", rounds = "0"] = process.argv.slice(2);
const storage = new RedisStore({ id: `shared-${name}`, connectionString, keyPrefix });
const memory = await storage.getStore("memory");
const workflows = await storage.getStore("workflows");
const observability = await storage.getStore("observability");
const agents = await storage.getStore("agents");
if (!memory || !workflows || !observability || !agents) throw new Error("a domain is missing");

for (let round = 0; round < Number(rounds); round++) {
  const id = `${name}-${round}`;
  const content = { format: 2 as const, parts: [{ type: "text" as const, text: id }] };
  const common = { threadId: "shared", resourceId: "r", createdAt: new Date(0), content };
  await memory.saveMessages({
    messages: [
      { ...common, id: `${id}-q`, role: "user" },
      { ...common, id: `${id}-a`, role: "assistant" },
    ],
  });
  await memory.updateThread({ id: "shared", metadata: { [id]: round } });
  await workflows.updateWorkflowResults({
    workflowName: "shared",
    runId: "run",
    stepId: id,
    result: { status: "success", output: round, payload: {}, startedAt: 1, endedAt: 2 },
    requestContext: { [id]: round },
  });
  await observability.createSpan({
    span: {
      traceId: "trace",
      spanId: id,
      name: id,
      spanType: "generic",
      isEvent: false,
      startedAt: new Date(),
    } as never,
  });
  await agents.createVersion({ agentId: "shared", name: id, instructions: "", model: { provider: "p", name: "m" } });
}
await storage.close();
