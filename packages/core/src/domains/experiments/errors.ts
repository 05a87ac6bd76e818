import { notFound, StorageError } from "../../errors.ts";

export const experimentNotFound = (experimentId: string) =>
  notFound(`Experiment not found: ${experimentId}`, { experimentId }, "EXPERIMENT_NOT_FOUND");

export const experimentTaken = (experimentId: string) =>
  new StorageError(`an experiment with the id ${experimentId} already exists`, {
    code: "already_exists",
    id: "EXPERIMENT_ID_CONFLICT",
    details: { experimentId },
  });

export const resultNotFound = (resultId: string) =>
  notFound(`Experiment result not found: ${resultId}`, { resultId }, "EXPERIMENT_RESULT_NOT_FOUND");

export const resultTaken = (experimentId: string, itemId: string, attempt: number, resultId: string) =>
  new StorageError(`a result with the id ${resultId}, or for attempt ${attempt} at item ${itemId}, already exists`, {
    code: "already_exists",
    id: "EXPERIMENT_RESULT_CONFLICT",
    details: { experimentId, itemId, attempt, resultId },
  });
