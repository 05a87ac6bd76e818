import { encodeJson } from "../../engine/json.ts";
import { checkKeyText } from "../../engine/keys.ts";
import type { Table } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import type { DomainContext } from "../shared/context.ts";
import type { RetentionTable } from "../shared/domain.ts";
import { isKeyText } from "../shared/key-text.ts";
import { defineOperations } from "../shared/operations.ts";
import type { PruneOptions, PruneResult, TableRetentionPolicy } from "../shared/retention.ts";
import { lookupId, optionalObject, requireId, toOptionalInstant } from "../shared/values.ts";
import { mergeStepResult, overwriteMembers, replaceSnapshot } from "./changes.ts";
import { takeRun, takeSnapshot } from "./image.ts";
import { ImageCache } from "./image-cache.ts";
import { listRuns, newestRun } from "./list-runs.ts";
import { clearRuns, pruneRuns } from "./maintenance.ts";
import { RunReader } from "./run-reader.ts";
import { RunWriter } from "./run-writer.ts";
import { encodeMembers, splitSnapshot } from "./split.ts";
import { WorkflowsStorage } from "./storage.ts";
import { runs, workflowsTables } from "./tables.ts";
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

/** The `workflows` domain on any engine. */
export class WorkflowsStore extends WorkflowsStorage {
  static readonly tables: readonly Table[] = workflowsTables;
  static override readonly retentionTables: Readonly<Record<string, RetentionTable>> = {
    workflowSnapshot: { table: runs.name, column: "updatedAt" },
  };
  readonly context: DomainContext;
  readonly #cache = new ImageCache();
  readonly #reader: RunReader;
  readonly #writer: RunWriter;
  readonly #now: () => number;

  constructor(context: DomainContext) {
    super();
    this.context = context;
    this.#reader = new RunReader(context, this.#cache);
    this.#writer = new RunWriter(context, this.#cache, this.#reader);
    this.#now = () => context.clock.now();
  }

  init(): Promise<void> {
    return this.context.init();
  }

  supportsConcurrentUpdates(): boolean {
    const { atomicity, compareAndSwap } = this.context.engine.capabilities;
    return compareAndSwap && atomicity !== "process";
  }

  async persistWorkflowSnapshot(input: PersistWorkflowSnapshotInput): Promise<void> {
    const key = checkedKey(input);
    const resourceId = checkedResource(input.resourceId);
    const createdAt = toOptionalInstant(input.createdAt, "createdAt")?.getTime();
    const updatedAt = toOptionalInstant(input.updatedAt, "updatedAt")?.getTime();
    const snapshot = { ...splitSnapshot(input.snapshot), resourceId, createdAt, updatedAt };
    await this.#writer.change(key, replaceSnapshot(snapshot, this.#now));
  }

  async loadWorkflowSnapshot(input: WorkflowRunKey): Promise<WorkflowRunState | null> {
    const key = lookupKey(input);
    const image = key && (await this.#reader.load(key));
    return image ? takeSnapshot(image) : null;
  }

  async updateWorkflowResults(input: UpdateWorkflowResultsInput): Promise<Record<string, StepResult>> {
    const key = checkedKey(input);
    const { stepId } = input;
    if (typeof stepId !== "string") throw invalid("stepId must be a string", "INVALID_INPUT", { path: "stepId" });
    const given = optionalObject(input.requestContext, "requestContext");
    const requestContext = encodeMembers(given ?? {}, given ? [given] : []);
    const result = { stepId, text: encodeJson(input.result), requestContext };
    return this.#writer.change(key, mergeStepResult(result, this.#now));
  }

  async updateWorkflowState(input: UpdateWorkflowStateInput): Promise<WorkflowRunState | undefined> {
    const key = lookupKey(input);
    const opts = optionalObject(input.opts, "opts");
    if (!opts) throw invalid("opts must be an object", "INVALID_INPUT", { path: "opts" });
    return key && this.#writer.change(key, overwriteMembers(opts as never, this.#now));
  }

  async listWorkflowRuns(input: StorageListWorkflowRunsInput = {}): Promise<WorkflowRuns> {
    return listRuns(this.context, this.#reader, input);
  }

  async getWorkflowRunById(input: { runId: string; workflowName?: string }): Promise<WorkflowRun | null> {
    const { workflowName } = input;
    const runId = lookupId(input.runId, "runId");
    const isNamed = workflowName !== undefined && workflowName !== null;
    if (runId === undefined || !isKeyText(runId)) return null;
    const key = isNamed ? lookupKey({ workflowName, runId }) : await newestRun(this.context, runId);
    const image = key && (await this.#reader.load(key));
    return image ? takeRun(image) : null;
  }

  async deleteWorkflowRunById(input: WorkflowRunKey): Promise<void> {
    const key = lookupKey(input);
    if (key) await this.#writer.remove(key);
  }

  async dangerouslyClearAll(): Promise<void> {
    await clearRuns(this.context);
    this.#cache.clear();
  }

  override async prune(
    policies: Readonly<Record<string, TableRetentionPolicy>>,
    options: PruneOptions = {},
  ): Promise<PruneResult[]> {
    return pruneRuns(this.context, policies.workflowSnapshot, options);
  }
}

/** The key of a run that is written. */
function checkedKey(input: WorkflowRunKey): WorkflowRunKey {
  const workflowName = requireId(input?.workflowName, "workflowName");
  const runId = requireId(input?.runId, "runId");
  checkKeyText(runs, "workflow_name", workflowName);
  checkKeyText(runs, "run_id", runId);
  return { workflowName, runId };
}

/** The key of a run that is looked for; `undefined` for one that cannot be there. */
function lookupKey(input: WorkflowRunKey): WorkflowRunKey | undefined {
  const workflowName = lookupId(input?.workflowName, "workflowName");
  const runId = lookupId(input?.runId, "runId");
  if (workflowName === undefined || runId === undefined) return undefined;
  return isKeyText(workflowName) && isKeyText(runId) ? { workflowName, runId } : undefined;
}

function checkedResource(resourceId: unknown): string | null {
  if (resourceId === undefined || resourceId === null) return null;
  if (typeof resourceId !== "string")
    throw invalid("resourceId must be a string", "INVALID_INPUT", { path: "resourceId" });
  checkKeyText(runs, "resourceId", resourceId);
  return resourceId;
}

defineOperations(WorkflowsStore, "workflows", ["supportsConcurrentUpdates"]);
