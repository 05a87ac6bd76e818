import type { WorkflowRunState, WorkflowsStorage } from "@stowage/core";
import type { DomainContext } from "../context.ts";

export const open = (context: DomainContext, wrap?: Parameters<DomainContext["store"]>[1]): Promise<WorkflowsStorage> =>
  context.store<WorkflowsStorage>("workflows", wrap);

export const key = { workflowName: "flow", runId: "run" } as const;

/** A snapshot with what current engines write. */
export const snapshot = (changes: Partial<WorkflowRunState> = {}): WorkflowRunState => ({
  runId: "run",
  status: "running",
  value: {},
  context: { input: { question: "why" } },
  serializedStepGraph: [],
  activePaths: [0],
  activeStepsPath: {},
  suspendedPaths: {},
  waitingPaths: {},
  resumeLabels: {},
  timestamp: 1,
  ...changes,
});

export const success = (output: unknown = {}) => ({ status: "success", output, payload: {}, startedAt: 1, endedAt: 2 });

/** A result that is too large to stay in the run's own record. */
export const largeSuccess = (mark: unknown) => success({ mark, text: "lorem ipsum ".repeat(1000) });

/** A context of many entries, each with a payload and an output of this many characters. */
export const manySteps = (count: number, size: number): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [
      `step-${n}`,
      { ...success(`${n} ${"x".repeat(size)}`), payload: { text: "y".repeat(size) } },
    ]),
  );

export const suspendedIn = (threadId: string | undefined) => ({
  status: "suspended",
  suspendPayload: { __streamState: { messageList: { memoryInfo: { threadId } } } },
});
