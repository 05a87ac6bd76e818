import { schemaOf } from "../shared/schema.ts";
import { runs } from "./tables.ts";

export { WorkflowsStorage } from "./storage.ts";
export type {
  PersistWorkflowSnapshotInput,
  StepResult,
  StorageListWorkflowRunsInput,
  UpdateWorkflowResultsInput,
  UpdateWorkflowStateInput,
  UpdateWorkflowStateOptions,
  WorkflowRun,
  WorkflowRunKey,
  WorkflowRunState,
  WorkflowRunStatus,
  WorkflowRuns,
} from "./types.ts";

/** Name of the table of runs. */
export const TABLE_WORKFLOW_SNAPSHOT = runs.name;
export const WORKFLOW_SNAPSHOT_SCHEMA = schemaOf(runs);
