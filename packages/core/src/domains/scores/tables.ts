import { boolean, type EngineValue, float, integer, json, text, timestamp } from "../../engine/column.ts";
import { defineTable, type Table } from "../../engine/table.ts";
import { toKeyText } from "../shared/key-text.ts";

/** Columns that stand in access paths. */
export const scoreKeyColumns = ["scorerId", "entityId", "runId", "entityType", "traceId", "spanId"] as const;
const evalKeyColumns = ["agent_name", "run_id", "global_run_id"];

/** Columns of a row that another library wrote, as this one keeps them. */
const inKeys = (row: Readonly<Record<string, EngineValue>>, columns: readonly string[]) =>
  Object.fromEntries(columns.map((column) => [column, row[column] == null ? null : toKeyText(row[column] as string)]));

/**
 * Scores. Columns of the access paths hold key text (see `toKeyText`), so that any string may be an id of something else. Runs
 * and spans are spread over the whole of an index, which makes theirs the costly ones to keep: they begin at their first use.
 */
export const scores = defineTable(
  "mastra_scorers",
  {
    id: text(),
    scorerId: text(),
    entityId: text(),
    runId: text(),
    output: json(),
    score: float(),
    scorer: json(),
    source: text(),
    entity: json(),
    entityType: text().nullable(),
    input: json().nullable(),
    additionalContext: json().nullable(),
    requestContext: json().nullable(),
    metadata: json().nullable(),
    preprocessStepResult: json().nullable(),
    extractStepResult: json().nullable(),
    analyzeStepResult: json().nullable(),
    preprocessPrompt: text().nullable(),
    extractPrompt: text().nullable(),
    analyzePrompt: text().nullable(),
    reasonPrompt: text().nullable(),
    generateScorePrompt: text().nullable(),
    generateReasonPrompt: text().nullable(),
    reason: text().nullable(),
    structuredOutput: boolean().nullable(),
    traceId: text().nullable(),
    spanId: text().nullable(),
    resourceId: text().nullable(),
    threadId: text().nullable(),
    organizationId: text().nullable(),
    projectId: text().nullable(),
    batchId: text().nullable(),
    datasetId: text().nullable(),
    datasetItemId: text().nullable(),
    createdAt: timestamp(),
    updatedAt: timestamp().nullable(),
    /** Order of insertion. */
    seq: integer(),
  },
  {
    key: ["id"],
    paths: {
      byScorer: { eq: ["scorerId"], sort: ["createdAt", "seq"] },
      byRun: { eq: ["runId"], sort: ["createdAt", "seq"], onDemand: true },
      byEntity: { eq: ["entityId", "entityType"], sort: ["createdAt", "seq"] },
      bySpan: { eq: ["traceId", "spanId"], sort: ["createdAt", "seq"], onDemand: true },
      byCreation: { sort: ["createdAt"], onDemand: true },
    },
    adopt: (row, place) => ({ ...inKeys(row, scoreKeyColumns), seq: place }),
  },
);

/** Evals of older releases. */
export const evals = defineTable(
  "mastra_evals",
  {
    id: text(),
    input: text(),
    output: text(),
    result: json(),
    agent_name: text(),
    metric_name: text(),
    instructions: text(),
    test_info: json(),
    global_run_id: text(),
    run_id: text(),
    created_at: timestamp(),
    /** Whether `test_info` names a test file. */
    is_test: boolean().nullable(),
  },
  {
    key: ["id"],
    paths: {
      byAgent: { eq: ["agent_name"], sort: ["created_at", "id"] },
      byRun: { eq: ["run_id"], sort: ["created_at", "id"] },
      byGlobalRun: { eq: ["global_run_id"], sort: ["created_at", "id"] },
      byCreation: { sort: ["created_at", "id"] },
    },
    // The documented table has no key of its own.
    adopt: (row, place) => ({
      ...inKeys(row, evalKeyColumns),
      id: row.id ?? `adopted-${String(place).padStart(12, "0")}`,
      test_info: row.test_info ?? "{}",
    }),
  },
);

export const scoresTables: readonly Table[] = [scores, evals];
