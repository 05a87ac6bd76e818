import { StorageDomain } from "../shared/domain.ts";
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

/**
 * The contract of the `experiments` domain: runs and their results. A run outside the given tenancy `filters` behaves exactly
 * as one that does not exist.
 */
export abstract class ExperimentsStorage extends StorageDomain {
  /**
   * Creates a run, `pending` and with counts of 0. Any pair of dataset and version is accepted. Of several calls with one id
   * one succeeds, and the stored run stays as it was.
   *
   * @throws StorageError `EXPERIMENT_ID_CONFLICT`.
   */
  abstract createExperiment(input: CreateExperimentInput): Promise<Experiment>;

  /**
   * Changes the given properties; the last write of each wins. Any status may follow any other. `updatedAt` always moves.
   *
   * @throws StorageError `EXPERIMENT_NOT_FOUND`.
   */
  abstract updateExperiment(input: UpdateExperimentInput): Promise<Experiment>;

  abstract getExperimentById(args: { id: string; filters?: ExperimentTenancyFilters }): Promise<Experiment | null>;

  /** Default order: `createdAt DESC`. */
  abstract listExperiments(args?: ListExperimentsInput): Promise<ListExperimentsOutput>;

  /** Removes a run with its results. A missing one is no error. */
  abstract deleteExperiment(args: { id: string; filters?: ExperimentTenancyFilters }): Promise<void>;

  /**
   * Inserts a result; the run's counters stay as they are. For a purged item it is stored without content.
   *
   * @throws StorageError `EXPERIMENT_NOT_FOUND`; `EXPERIMENT_RESULT_CONFLICT` when the id, or the attempt at the item, is taken.
   */
  abstract addExperimentResult(input: AddExperimentResultInput): Promise<ExperimentResult>;

  /**
   * Inserts the result of an attempt at an item, or replaces all of it but `id`, `createdAt` and `comment`. Any number of
   * concurrent calls for one attempt end in one result, and none of them fails.
   *
   * @throws StorageError `EXPERIMENT_NOT_FOUND`.
   */
  abstract upsertExperimentResult(input: Omit<AddExperimentResultInput, "id">): Promise<ExperimentResult>;

  /**
   * Changes what reviewers give. Without any of it: the result as it is. A purged result takes a status only.
   *
   * @throws StorageError `EXPERIMENT_RESULT_NOT_FOUND`.
   */
  abstract updateExperimentResult(input: UpdateExperimentResultInput): Promise<ExperimentResult>;

  abstract getExperimentResultById(args: {
    id: string;
    filters?: ExperimentTenancyFilters;
  }): Promise<ExperimentResult | null>;

  /**
   * Default order: `startedAt ASC`. A result is written when its item ends and sorted by its start, so a walk by page number
   * over an active run can repeat one and miss another; walk such a run by `createdAt` or with `after`.
   */
  abstract listExperimentResults(args: ListExperimentResultsInput): Promise<ListExperimentResultsOutput>;

  /** Removes all results of a run, within the tenancy of the run, which stays. */
  abstract deleteExperimentResults(args: { experimentId: string; filters?: ExperimentTenancyFilters }): Promise<void>;

  /** One entry for each run that has results, in any order. */
  abstract getReviewSummary(args?: { filters?: ExperimentTenancyFilters }): Promise<ExperimentReviewSummary[]>;
}
