import type { Desk } from "./desk.ts";
import { say } from "./progress.ts";
import { decisions } from "./tickets.ts";

/** Finds the runs that wait, as any process that opens the file can, and carries the decisions to them. */
export async function resumeRefunds({ storage, mastra }: Desk): Promise<void> {
  const workflows = await storage.getStore("workflows");
  const { runs = [] } = (await workflows?.listWorkflowRuns({ workflowName: "refund", status: "suspended" })) ?? {};
  say(`found ${runs.length} refund(s) that wait for a person`);
  for (const { runId } of runs) {
    const order = /ST-\d+/.exec(runId)?.[0] ?? "";
    const decision = decisions[order] ?? { approved: false, by: "nobody", reason: "no decision" };
    const run = await mastra.getWorkflow("refund").createRun({ runId });
    const result = await run.resume({ step: "ask-for-approval", resumeData: decision });
    const outcome = result.status === "success" ? `${result.result.paid.toFixed(2)} € paid` : result.status;
    say(`${order}  ${decision.approved ? "approved" : "refused"} by ${decision.by} (${decision.reason}): ${outcome}`);
  }
}
