/** Status of a run. The words are those that current engines write; any string is kept. */
export type WorkflowRunStatus =
  | "running"
  | "success"
  | "failed"
  | "tripwire"
  | "suspended"
  | "waiting"
  | "pending"
  | "canceled"
  | "bailed"
  | "paused"
  | "skipped";

/** What a step left behind. Any other JSON value is kept as well. */
export interface StepResult {
  status:
    | "success"
    | "failed"
    | "suspended"
    | "running"
    | "waiting"
    | "paused"
    | "skipped"
    | "canceled"
    | (string & {});
  payload?: unknown;
  output?: unknown;
  error?: unknown;
  startedAt?: number;
  endedAt?: number;
  suspendedAt?: number;
  resumedAt?: number;
  suspendPayload?: unknown;
  suspendOutput?: unknown;
  resumePayload?: unknown;
  metadata?: Record<string, unknown>;
  [member: string]: unknown;
}

/** The whole state of a run. Unknown members come back as they were given; none is required. */
export interface WorkflowRunState {
  runId: string;
  status: WorkflowRunStatus;
  value: Record<string, unknown>;
  /** Results by step id, beside the run's input and state. */
  // biome-ignore lint/suspicious/noExplicitAny: entries may be any JSON value, and callers read into them.
  context: { input?: unknown; __state?: unknown } & Record<string, any>;
  serializedStepGraph: unknown[];
  activePaths: number[];
  activeStepsPath: Record<string, number[]>;
  suspendedPaths: Record<string, number[]>;
  waitingPaths: Record<string, number[]>;
  resumeLabels: Record<string, { stepId: string; foreachIndex?: number }>;
  /** Milliseconds since 1970, set by the writer. */
  timestamp: number;
  result?: unknown;
  error?: unknown;
  requestContext?: Record<string, unknown>;
  tripwire?: unknown;
  stepExecutionPath?: string[];
  tracingContext?: { traceId?: string; spanId?: string; parentSpanId?: string };
}

/** A run as lists and look-ups return it. */
export interface WorkflowRun {
  workflowName: string;
  runId: string;
  resourceId?: string;
  /** Always the object, in the caller's own copy. */
  snapshot: WorkflowRunState;
  createdAt: Date;
  updatedAt: Date;
}

export interface WorkflowRuns {
  runs: WorkflowRun[];
  /** Number of matches, independent of the page. */
  total: number;
}

export interface StorageListWorkflowRunsInput {
  workflowName?: string;
  status?: WorkflowRunStatus | (string & {});
  resourceId?: string;
  /** The thread that the run's snapshot names (see the store's notes on derivation). */
  threadId?: string;
  /** Bounds on `createdAt`, both inclusive. */
  fromDate?: Date;
  toDate?: Date;
  /** Zero-based. A page is cut only when `page` and a numeric `perPage` are both given. */
  page?: number;
  perPage?: number | false;
  /** `false` saves the count: `total` is then only a lower bound. Default `true`. */
  includeTotal?: boolean;
}

export interface UpdateWorkflowStateOptions {
  status: WorkflowRunStatus | (string & {});
  result?: unknown;
  error?: unknown;
  suspendedPaths?: Record<string, number[]>;
  waitingPaths?: Record<string, number[]>;
  resumeLabels?: Record<string, { stepId: string; foreachIndex?: number }>;
  activePaths?: number[];
  activeStepsPath?: Record<string, number[]>;
  tracingContext?: { traceId?: string; spanId?: string; parentSpanId?: string };
  /** The update happens only while the stored status is this one, or one of these. */
  expectedStatus?: string | string[];
}

export interface PersistWorkflowSnapshotInput {
  workflowName: string;
  runId: string;
  resourceId?: string | null;
  snapshot: WorkflowRunState;
  createdAt?: Date | string | number;
  updatedAt?: Date | string | number;
}

/** Names one run. */
export interface WorkflowRunKey {
  workflowName: string;
  runId: string;
}

export interface UpdateWorkflowResultsInput extends WorkflowRunKey {
  /** Any string. */
  stepId: string;
  /** Replaces the stored entry, or is merged slot by slot when both have an array `output`. `undefined` removes the entry. */
  result: unknown;
  /** Merged over the run's request context, one level deep. */
  requestContext?: Record<string, unknown> | null;
}

export interface UpdateWorkflowStateInput extends WorkflowRunKey {
  opts: UpdateWorkflowStateOptions;
}
