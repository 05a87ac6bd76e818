import { schemaOf } from "../shared/schema.ts";
import { experiments, results } from "./tables.ts";

export { ExperimentsStorage } from "./storage.ts";
export type {
  AddExperimentResultInput,
  CreateExperimentInput,
  Experiment,
  ExperimentProvenance,
  ExperimentResult,
  ExperimentResultError,
  ExperimentResultStatus,
  ExperimentReviewSummary,
  ExperimentRunnerAttestation,
  ExperimentStatus,
  ExperimentTargetType,
  ExperimentTenancyFilters,
  ListExperimentResultsInput,
  ListExperimentResultsOutput,
  ListExperimentsInput,
  ListExperimentsOutput,
  ToolMockReport,
  UpdateExperimentInput,
  UpdateExperimentResultInput,
} from "./types.ts";

export const TABLE_EXPERIMENTS = experiments.name;
export const TABLE_EXPERIMENT_RESULTS = results.name;

export const EXPERIMENTS_SCHEMA = schemaOf(experiments);
export const EXPERIMENT_RESULTS_SCHEMA = schemaOf(results);
