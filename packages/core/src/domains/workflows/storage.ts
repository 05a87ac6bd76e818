import { StorageDomain } from "../shared/domain.ts";
import type {
  PersistWorkflowSnapshotInput,
  StepResult,
  StorageListWorkflowRunsInput,
  UpdateWorkflowResultsInput,
  UpdateWorkflowStateInput,
  WorkflowRun,
  WorkflowRunKey,
  WorkflowRunState,
  WorkflowRuns,
} from "./types.ts";

/**
 * The contract of the `workflows` domain: the state of workflow runs, changed by many writers at once.
 *
 * Each method takes effect at one point, and a reader sees it wholly or not at all. Nothing returned is shared with the store.
 * A run's thread is derived from its snapshot at every write: the first suspended entry of `context` whose `suspendPayload`
 * has a `__streamState` decides, else `context.input.messageListState`.
 */
export abstract class WorkflowsStorage extends StorageDomain {
  /**
   * Whether two processes may change one run at the same time without loss. Synchronous, a capability of the engine. When
   * `false`, every method still works and calls of one process are put in order.
   */
  abstract supportsConcurrentUpdates(): boolean;

  /**
   * Replaces the whole snapshot of a run, or creates the run. An existing run keeps its `createdAt`, and its `resourceId` when
   * none is given; `updatedAt` is the given instant or now. A blind write: what others wrote since the caller's last read is
   * gone, and the status may go back. Only what changed is written.
   */
  abstract persistWorkflowSnapshot(input: PersistWorkflowSnapshotInput): Promise<void>;

  /** The snapshot of a run, or `null`. Sees every acknowledged write. */
  abstract loadWorkflowSnapshot(input: WorkflowRunKey): Promise<WorkflowRunState | null>;

  /**
   * Puts one step's result into the run's context, merges the request context one level deep and returns the whole context
   * that results. A missing run is created with the status `pending`. Results of different steps, and of different slots of
   * one for-each step (arrays in `output`), never displace each other, whoever writes them.
   *
   * In an array, `null` means "not finished, keep what is there" and the marker `{ __mastra_pending__: true }` "start this one
   * again".
   *
   * @throws StorageError `FAILED` when the stored snapshot has no `context` object; `conflict` with `retry: 'exhausted'`, naming
   * workflow, run and step, when others kept changing the run.
   */
  abstract updateWorkflowResults(input: UpdateWorkflowResultsInput): Promise<Record<string, StepResult>>;

  /**
   * Overwrites top-level members of the snapshot (a member given as `undefined` is removed) and returns the new one.
   * `undefined` when there is no such run, or when its status is not the expected one: of any number of callers that expect
   * `suspended` and set `running`, exactly one gets a snapshot.
   */
  abstract updateWorkflowState(input: UpdateWorkflowStateInput): Promise<WorkflowRunState | undefined>;

  /**
   * Runs that meet all conditions, newest first (`createdAt`, then `runId`, then `workflowName`, all descending). All of them,
   * unless `page` and a numeric `perPage` are given.
   */
  abstract listWorkflowRuns(input?: StorageListWorkflowRunsInput): Promise<WorkflowRuns>;

  /** One run, or `null`. Without a workflow name: the newest run with this id. */
  abstract getWorkflowRunById(input: { runId: string; workflowName?: string }): Promise<WorkflowRun | null>;

  /** Removes a run; a missing one is no error. A result that arrives later makes a new run. */
  abstract deleteWorkflowRunById(input: WorkflowRunKey): Promise<void>;
}
