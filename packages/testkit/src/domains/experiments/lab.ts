import type {
  AddExperimentResultInput,
  CreateExperimentInput,
  DatasetsStorage,
  Experiment,
  ExperimentsStorage,
} from "@stowage/core";
import type { DomainContext, OpenStorageOptions } from "../context.ts";

export { openBoth, openInterruptible, rejection } from "../datasets/lab.ts";

export const open = (context: DomainContext, options?: Partial<OpenStorageOptions>): Promise<ExperimentsStorage> =>
  context.store<ExperimentsStorage>("experiments", options);

/** Two storage objects as two processes would have them; one object twice where the engine cannot keep processes apart. */
export async function openTwice(context: DomainContext, options?: Partial<OpenStorageOptions>) {
  const storage = await context.open(options);
  const isApart = context.canReopen && context.capabilities.compareAndSwap;
  const other = isApart ? await context.reopen(storage, options) : storage;
  const both = [storage, other] as const;
  return {
    stores: (await Promise.all(both.map((one) => one.getStore("experiments")))) as [
      ExperimentsStorage,
      ExperimentsStorage,
    ],
    datasets: (await storage.getStore("datasets")) as DatasetsStorage,
  };
}

export const run = (changes: Partial<CreateExperimentInput> = {}): CreateExperimentInput => ({
  datasetId: null,
  datasetVersion: null,
  targetType: "agent",
  targetId: "a",
  totalItems: 3,
  ...changes,
});

export const result = (
  experimentId: string,
  changes: Partial<AddExperimentResultInput> = {},
): AddExperimentResultInput => ({
  experimentId,
  itemId: "item",
  itemDatasetVersion: null,
  input: "in",
  output: "out",
  groundTruth: null,
  error: null,
  startedAt: new Date(1000),
  completedAt: new Date(2000),
  retryCount: 0,
  ...changes,
});

export async function withRun(context: DomainContext, options?: Partial<OpenStorageOptions>) {
  const store = await open(context, options);
  const experiment: Experiment = await store.createExperiment(run());
  return { store, experiment, experimentId: experiment.id };
}

export const allResults = async (store: ExperimentsStorage, experimentId: string) =>
  (await store.listExperimentResults({ experimentId, pagination: { page: 0, perPage: false } })).results;
