import { domains, isTemporary, message, model, name, rest, span, stepResult, storage } from "./opened.ts";

// One of several processes on one database: `… <name> <rounds> <undisturbed>`. Others may get in the way unless `undisturbed` is
// `true`, and then the call is made again, since nothing of it was applied; any other error ends the program with a non-zero code.

const rounds = Array.from({ length: Number(rest[0]) }, (_, round) => `${name}-${round}`);
const isUndisturbed = rest[1] === "true";
const { memory, workflows, observability, agents } = await domains();

async function insist(write: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (isUndisturbed || !isTemporary(error) || (error as { code?: string }).code === "unknown_outcome") throw error;
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
  await insist(() => memory.updateThread({ id: "shared", metadata: { [round]: name } }));
  await insist(() => observability.createSpan({ span: span("trace", round, null) }));
  await insist(() => agents.createVersion({ agentId: "shared", name: round, instructions: "", model }));
}
await storage.close();
