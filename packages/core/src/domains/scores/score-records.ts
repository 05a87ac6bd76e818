import { decodeRow } from "../../engine/codec.ts";
import type { EngineValue } from "../../engine/column.ts";
import { encodeJson } from "../../engine/json.ts";
import type { Row, StoredRow } from "../../engine/table.ts";
import { fromKeyText, toKeyText } from "../shared/key-text.ts";
import { scoreKeyColumns, scores } from "./tables.ts";
import type { SaveScorePayload, ScoreRow } from "./types.ts";

const textColumns = [
  "source",
  "preprocessPrompt",
  "extractPrompt",
  "analyzePrompt",
  "reasonPrompt",
  "generateScorePrompt",
  "generateReasonPrompt",
  "reason",
  "resourceId",
  "threadId",
  "organizationId",
  "projectId",
  "batchId",
  "datasetId",
  "datasetItemId",
] as const;

const jsonColumns = [
  "scorer",
  "entity",
  "input",
  "additionalContext",
  "requestContext",
  "metadata",
  "preprocessStepResult",
  "extractStepResult",
  "analyzeStepResult",
] as const;

/** A checked score as a row. */
export function toScoreRow(
  score: SaveScorePayload,
  id: string,
  times: { createdAt: number; updatedAt: number; seq: number },
): Row<typeof scores> {
  const row: Record<string, EngineValue> = { id, score: score.score === 0 ? 0 : score.score, ...times };
  row.output = encodeJson(score.output) ?? "null";
  row.structuredOutput = score.structuredOutput ?? null;
  for (const column of scoreKeyColumns) row[column] = score[column] == null ? null : toKeyText(score[column]);
  for (const column of textColumns) row[column] = score[column] ?? null;
  for (const column of jsonColumns) row[column] = score[column] == null ? null : (encodeJson(score[column]) ?? null);
  return row as Row<typeof scores>;
}

/** A row as the caller sees it: what is absent is not there. */
export function toScore(stored: StoredRow<typeof scores> | Row<typeof scores>): ScoreRow {
  const score = decodeRow(scores, stored as StoredRow<typeof scores>) as Record<string, unknown>;
  for (const column of scoreKeyColumns) {
    if (score[column] !== null) score[column] = fromKeyText(score[column] as string);
  }
  const { output, updatedAt } = score;
  delete score.seq;
  for (const name of Object.keys(score)) if (score[name] === null || score[name] === undefined) delete score[name];
  return Object.assign(score, { output: output ?? null, updatedAt }) as unknown as ScoreRow;
}
