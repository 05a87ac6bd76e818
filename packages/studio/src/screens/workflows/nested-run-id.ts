import type { Step } from "../../api/workflows.ts";

/** Under which id a nested workflow ran: what its step noted, else that of the run it is in. */
export function nestedRunId(step: Step | undefined, runId: string): string {
  const { metadata, suspendPayload } = (step ?? {}) as {
    metadata?: { nestedRunId?: unknown };
    suspendPayload?: { __workflow_meta?: { runId?: unknown } };
  };
  const noted = metadata?.nestedRunId ?? suspendPayload?.__workflow_meta?.runId;
  return typeof noted === "string" ? noted : runId;
}
