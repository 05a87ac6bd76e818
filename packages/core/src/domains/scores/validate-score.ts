import { type ErrorDetails, invalid } from "../../errors.ts";
import { isKeyText } from "../shared/key-text.ts";
import type { SaveScorePayload } from "./types.ts";

const requiredText = ["scorerId", "entityId", "runId"] as const;
const requiredObjects = ["scorer", "entity"] as const;
const optionalText = [
  "entityType",
  "preprocessPrompt",
  "extractPrompt",
  "analyzePrompt",
  "reasonPrompt",
  "generateScorePrompt",
  "generateReasonPrompt",
  "reason",
  "traceId",
  "spanId",
  "resourceId",
  "threadId",
  "organizationId",
  "projectId",
  "batchId",
  "datasetId",
  "datasetItemId",
] as const;
const optionalObjects = [
  "additionalContext",
  "requestContext",
  "metadata",
  "preprocessStepResult",
  "extractStepResult",
  "analyzeStepResult",
] as const;

/** @throws StorageError `VALIDATION_FAILED` naming the first property that is missing or of another type. */
export function validateScore(given: unknown): asserts given is SaveScorePayload {
  const score = (typeof given === "object" && given !== null ? given : {}) as Record<string, unknown>;
  const refuse = (property: string, expected: string) => {
    throw invalid(`${property} must be ${expected}`, "VALIDATION_FAILED", { ...describe(score), property });
  };
  for (const name of requiredText) if (typeof score[name] !== "string") refuse(name, "a string");
  if (!Number.isFinite(score.score)) refuse("score", "a finite number");
  for (const name of requiredObjects) if (!isPlainObject(score[name])) refuse(name, "an object");
  if (score.source !== "LIVE" && score.source !== "TEST") refuse("source", "LIVE or TEST");
  for (const name of optionalText)
    if (isGiven(score[name]) && typeof score[name] !== "string") refuse(name, "a string");
  for (const name of optionalObjects)
    if (isGiven(score[name]) && !isPlainObject(score[name])) refuse(name, "an object");
  if (isGiven(score.structuredOutput) && typeof score.structuredOutput !== "boolean") {
    refuse("structuredOutput", "a boolean");
  }
  const { id } = score;
  if (isGiven(id) && (typeof id !== "string" || id === "" || !isKeyText(id))) {
    refuse("id", "a non-empty string without U+0000 or lone surrogates");
  }
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

function isPlainObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  // The second test takes an object of another realm.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The keys of a refused score, as far as they are there. */
function describe({ scorer, entityId, entityType, traceId, spanId }: Record<string, unknown>): ErrorDetails {
  const textOf = (value: unknown, otherwise: string) => (typeof value === "string" ? value : otherwise);
  return {
    scorer: textOf((scorer as { id?: unknown } | null | undefined)?.id, "unknown"),
    entityId: textOf(entityId, "unknown"),
    entityType: textOf(entityType, "unknown"),
    traceId: textOf(traceId, ""),
    spanId: textOf(spanId, ""),
  };
}
