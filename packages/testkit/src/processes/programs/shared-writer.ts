import { domains, isTemporary, message, model, name, rest, stepResult, storage } from "./opened.ts";

// One of several processes on one database: `… <name> <rounds>`. Others may get in the way, and then the call is made again,
// since nothing of it was applied; any other error ends the program with a non-zero code.

const rounds = Array.from({ length: Number(rest[0]) }, (_, round) => `${name}-${round}`);
const { memory, workflows, agents } = await domains();

async function insist(write: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (!isTemporary(error) || (error as { code?: string }).code === "unknown_outcome") throw error;
    }
  }
}

await Promise.all(
  rounds.map((stepId, round) =>
    insist(() =>
      workflows.updateWorkflowResults({
        workflowName: "shared",
        runId: "run",
        stepId,
        result: stepResult(round),
        requestContext: { [stepId]: round },
      }),
    ),
  ),
);
for (const round of rounds) {
  const messages = ["q", "a"].map((each) => message("shared", `${round}-${each}`, new Date(0)));
  await insist(() => memory.saveMessages({ messages }));
  await insist(() => agents.createVersion({ agentId: "shared", name: round, instructions: "", model }));
}
await storage.close();
