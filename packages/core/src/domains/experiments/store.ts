import type { Table } from "../../engine/table.ts";
import { clearTables } from "../shared/clear.ts";
import { findableId } from "../shared/columns.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions } from "../shared/deletions.ts";
import { defineOperations } from "../shared/operations.ts";
import type { PruneOptions, PruneResult, TableRetentionPolicy } from "../shared/retention.ts";
import { type ExperimentEffects, experimentEffects } from "../shared/siblings.ts";
import { checkTenancyFilters } from "../shared/tenancy.ts";
import { optionalText } from "../shared/values.ts";
import { effectsOf } from "./effects.ts";
import { experimentNotFound, resultNotFound } from "./errors.ts";
import { pruneRuns } from "./prune.ts";
import { listResults, readResult, reviewSummary } from "./read-results.ts";
import { removeResults } from "./removal.ts";
import { createRun, listRuns, readRun, updateRun } from "./runs.ts";
import { ExperimentsStorage } from "./storage.ts";
import { experiments, experimentsTables, results } from "./tables.ts";
import type {
  AddExperimentResultInput,
  CreateExperimentInput,
  Experiment,
  ExperimentResult,
  ExperimentReviewSummary,
  ExperimentTenancyFilters,
  ListExperimentResultsInput,
  ListExperimentResultsOutput,
  ListExperimentsInput,
  ListExperimentsOutput,
  UpdateExperimentInput,
  UpdateExperimentResultInput,
} from "./types.ts";
import { addResult, updateResult, upsertResult } from "./write-results.ts";

/** The `experiments` domain on any engine. */
export class ExperimentsStore extends ExperimentsStorage {
  static readonly tables: readonly Table[] = experimentsTables;
  static override readonly retentionTables = {
    experiments: { table: experiments.name, column: "completedAt" },
  } as const;
  readonly context: DomainContext;
  /** What the sibling `datasets` may do here. */
  readonly [experimentEffects]: ExperimentEffects;

  constructor(context: DomainContext) {
    super();
    this.context = context;
    this[experimentEffects] = effectsOf(context);
  }

  init(): Promise<void> {
    return this.context.init();
  }

  async dangerouslyClearAll(): Promise<void> {
    const { engine } = this.context;
    await clearTables(engine, [results, experiments]);
    for (let done = false; !done; ) {
      const marks = { table: deletions, path: "byKind", eq: { domain: "experiments", kind: "results" } } as const;
      ({ done } = await engine.removeRange({ ...marks, limit: 500 }));
    }
  }

  override async prune(
    policies: Readonly<Record<string, TableRetentionPolicy>>,
    options: PruneOptions = {},
  ): Promise<PruneResult[]> {
    const policy = Object.hasOwn(policies, "experiments") ? policies.experiments : undefined;
    return policy ? pruneRuns(this.context, policy, options) : [];
  }

  createExperiment(input: CreateExperimentInput): Promise<Experiment> {
    return createRun(this.context, input);
  }

  async updateExperiment(input: UpdateExperimentInput): Promise<Experiment> {
    const id = findableId(input.id, "id");
    if (id === undefined) throw experimentNotFound(String(input.id));
    return updateRun(this.context, id, input);
  }

  async getExperimentById({
    id,
    filters,
  }: {
    id: string;
    filters?: ExperimentTenancyFilters;
  }): Promise<Experiment | null> {
    const scope = checkTenancyFilters(filters);
    const experimentId = findableId(id, "id");
    return experimentId === undefined ? null : readRun(this.context, experimentId, scope);
  }

  listExperiments(args: ListExperimentsInput = {}): Promise<ListExperimentsOutput> {
    return listRuns(this.context, args);
  }

  async deleteExperiment({ id, filters }: { id: string; filters?: ExperimentTenancyFilters }): Promise<void> {
    const scope = checkTenancyFilters(filters);
    const experimentId = findableId(id, "id");
    if (experimentId !== undefined) await removeResults(this.context, experimentId, scope, true);
  }

  async addExperimentResult(input: AddExperimentResultInput): Promise<ExperimentResult> {
    return addResult(this.context, { ...input, experimentId: requireRun(input.experimentId) });
  }

  async upsertExperimentResult(input: Omit<AddExperimentResultInput, "id">): Promise<ExperimentResult> {
    return upsertResult(this.context, { ...input, experimentId: requireRun(input.experimentId) });
  }

  async updateExperimentResult(input: UpdateExperimentResultInput): Promise<ExperimentResult> {
    optionalText(input.experimentId, "experimentId");
    const id = findableId(input.id, "id");
    if (id === undefined) throw resultNotFound(String(input.id));
    return updateResult(this.context, id, input);
  }

  async getExperimentResultById({
    id,
    filters,
  }: {
    id: string;
    filters?: ExperimentTenancyFilters;
  }): Promise<ExperimentResult | null> {
    const scope = checkTenancyFilters(filters);
    const resultId = findableId(id, "id");
    return resultId === undefined ? null : readResult(this.context, resultId, scope);
  }

  listExperimentResults(args: ListExperimentResultsInput): Promise<ListExperimentResultsOutput> {
    return listResults(this.context, args);
  }

  async deleteExperimentResults({
    experimentId,
    filters,
  }: {
    experimentId: string;
    filters?: ExperimentTenancyFilters;
  }): Promise<void> {
    const scope = checkTenancyFilters(filters);
    const id = findableId(experimentId, "experimentId");
    if (id !== undefined) await removeResults(this.context, id, scope, false);
  }

  async getReviewSummary({ filters }: { filters?: ExperimentTenancyFilters } = {}): Promise<ExperimentReviewSummary[]> {
    return reviewSummary(this.context, checkTenancyFilters(filters));
  }
}

defineOperations(ExperimentsStore, "experiments");

/** The id of a run that has to exist. */
function requireRun(experimentId: unknown): string {
  const id = findableId(experimentId, "experimentId");
  if (id === undefined) throw experimentNotFound(String(experimentId));
  return id;
}
