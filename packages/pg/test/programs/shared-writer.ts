import { PostgresStore } from "@stowage/pg";

// One of several processes on one database: `shared-writer.ts <url> <schema> <name> <steps> <versions>`. Any error ends it
// with a non-zero code.

const [connectionString = "", schemaName = "", name = "", steps = "0", versions = "0"] = process.argv.slice(2);
const storage = new PostgresStore({ id: name, connectionString, schemaName, max: 4 });
const workflows = await storage.getStore("workflows");
const agents = await storage.getStore("agents");
if (!workflows || !agents) throw new Error("a domain is missing");

const results = Array.from({ length: Number(steps) }, (_, round) =>
  workflows.updateWorkflowResults({
    workflowName: "shared",
    runId: "run",
    stepId: `${name}-${round}`,
    result: { status: "success", output: round, payload: {}, startedAt: 1, endedAt: 2 },
    requestContext: { [`${name}-${round}`]: round },
  }),
);
await Promise.all(results);
for (let round = 0; round < Number(versions); round++) {
  await agents.createVersion({
    agentId: "shared",
    name: `${name}-${round}`,
    instructions: "",
    model: { provider: "p", name: "m" },
  });
}
await storage.close();
