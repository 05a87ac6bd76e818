import { parseStored } from "../../engine/codec.ts";
import type { EngineValue } from "../../engine/column.ts";
import { encodeJson } from "../../engine/json.ts";
import type { Row, StoredRow } from "../../engine/table.ts";
import { fromKeyText, toKeyText } from "../shared/key-text.ts";
import { scoreKeyColumns, scores } from "./tables.ts";
import type { SaveScorePayload, ScoreRow } from "./types.ts";

const optionalKeys = ["entityType", "traceId", "spanId"] as const;

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

const [, , ...optionalJson] = jsonColumns;
const [, ...optionalText] = textColumns;

/** A row as the caller sees it: what is absent is not there. */
export function toScore(row: StoredRow<typeof scores> | Row<typeof scores>): ScoreRow {
  const score: Record<string, unknown> = {
    id: row.id,
    scorerId: fromKeyText(row.scorerId),
    entityId: fromKeyText(row.entityId),
    runId: fromKeyText(row.runId),
    score: row.score,
    scorer: parseStored(scores, row, "scorer"),
    source: row.source,
    entity: parseStored(scores, row, "entity"),
    output: parseStored(scores, row, "output") ?? null,
    createdAt: new Date(row.createdAt),
    updatedAt: row.updatedAt === null ? null : new Date(row.updatedAt),
  };
  for (const column of optionalKeys) {
    const text = row[column];
    if (text !== null) score[column] = fromKeyText(text);
  }
  for (const column of optionalText) {
    const text = row[column];
    if (text !== null) score[column] = text;
  }
  for (const column of optionalJson) {
    const value = parseStored(scores, row, column) ?? null;
    if (value !== null) score[column] = value;
  }
  if (row.structuredOutput !== null) score.structuredOutput = row.structuredOutput;
  return score as unknown as ScoreRow;
}
