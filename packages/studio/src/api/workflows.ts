import type { StepResult, WorkflowRun, WorkflowRunState } from "@stowage/core";
import { request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

/** A run as a list shows it. */
export interface RunRow {
  workflowName: string;
  runId: string;
  status: string;
  resourceId?: string;
  createdAt: string;
  updatedAt: string;
  /** Steps that are under way or wait. */
  currentSteps: string[];
  error?: string;
}

export type Snapshot = Partial<WorkflowRunState>;
export type Step = StepResult;
export type Run = Omit<Wire<WorkflowRun>, "snapshot"> & { snapshot: Snapshot };

export const runsPath = "/stowage/runs";
export const runsOf = (answer: { runs: RunRow[] }) => answer.runs;
export const runPath = (workflowName: string, runId: string) =>
  `${runsPath}/${segment(workflowName)}/${segment(runId)}`;

const ownPath = (workflowName: string, runId: string) => `/workflows/${segment(workflowName)}/runs/${segment(runId)}`;

export const getRun = (workflowName: string, runId: string, signal?: AbortSignal) =>
  request<{ run: Run }>(runPath(workflowName, runId), { ...(signal && { signal }) });

export const deleteRun = (workflowName: string, runId: string) =>
  request<object>(ownPath(workflowName, runId), { method: "DELETE" });

/** Only of a run that waits; one that runs is its engine's. */
export const cancelRun = (workflowName: string, runId: string) =>
  request<object>(`${ownPath(workflowName, runId)}/cancel`, { method: "POST" });

export const getRunCounts = (signal?: AbortSignal) =>
  request<Record<string, { running: number; suspended: number }>>("/workflows/run-counts", {
    ...(signal && { signal }),
  });

export const getWorkflows = (signal?: AbortSignal) =>
  request<Record<string, { name: string; steps: object }>>("/workflows", { ...(signal && { signal }) });
