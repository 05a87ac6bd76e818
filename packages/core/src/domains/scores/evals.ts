import { decodeRow } from "../../engine/codec.ts";
import { encodeJson } from "../../engine/json.ts";
import { checkKeyText } from "../../engine/keys.ts";
import { get, type Put, upsert } from "../../engine/operations.ts";
import type { Row, StoredRow } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { cutAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { fromKeyText, toKeyText } from "../shared/key-text.ts";
import { toOptionalInstant } from "../shared/values.ts";
import { evals } from "./tables.ts";
import type { EvalInput, EvalRow, SaveScorePayload } from "./types.ts";

type EvalRecord = Row<typeof evals>;

const textMembers = ["input", "output", "agentName", "metricName", "instructions", "globalRunId", "runId"] as const;

/** Saves evals by id; of several with one id the last counts. Those that had been saved before keep their time unless one is given. */
export async function saveEvals({ engine, clock }: DomainContext, inputs: readonly EvalInput[]): Promise<EvalRow[]> {
  const now = clock.now();
  const ids = inputs.map((input) => {
    validateEval(input);
    return input.id ?? clock.id();
  });
  const puts = new Map<string, Put<typeof evals>>();
  inputs.forEach((input, index) => {
    const id = ids[index] as string;
    const createdAt = toOptionalInstant(input.createdAt, "createdAt")?.getTime();
    const row = toRecord(input, id, createdAt ?? now);
    puts.set(id, upsert(evals, row, createdAt === undefined ? { keep: ["created_at"] } : {}));
  });
  const rows = new Map<string, EvalRecord>();
  const kept: string[] = [];
  for (const batch of cutAtomically([...puts.values()], engine.capabilities)) {
    const results = await engine.write(batch);
    for (const [index, op] of (batch as unknown as Put<typeof evals>[]).entries()) {
      rows.set(op.row.id, op.row);
      if (results[index]?.outcome === "updated" && op.keep) kept.push(op.row.id);
    }
  }
  if (kept.length > 0) {
    const [{ rows: stored }] = await engine.read([
      get(
        evals,
        kept.map((id) => [id]),
        ["id", "created_at"],
      ),
    ]);
    for (const row of stored)
      if (row) rows.set(row.id, { ...(rows.get(row.id) as EvalRecord), created_at: row.created_at });
  }
  return ids.map((id) => toEval(rows.get(id) as EvalRecord));
}

function validateEval(input: unknown): asserts input is EvalInput {
  const given = (typeof input === "object" && input !== null ? input : {}) as Record<string, unknown>;
  const refuse = (property: string, expected: string) => {
    throw invalid(`${property} must be ${expected}`, "VALIDATION_FAILED", { property });
  };
  for (const name of textMembers) if (typeof given[name] !== "string") refuse(name, "a string");
  if (!isObject(given.result)) refuse("result", "an object");
  if (given.testInfo !== undefined && given.testInfo !== null && !isObject(given.testInfo))
    refuse("testInfo", "an object");
  if (given.id === undefined || given.id === null) return;
  if (typeof given.id !== "string" || given.id === "") refuse("id", "a non-empty string");
  checkKeyText(evals, "id", given.id as string);
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

function toRecord(input: EvalInput, id: string, createdAt: number): EvalRecord {
  const { testPath } = input.testInfo ?? {};
  return {
    id,
    input: input.input,
    output: input.output,
    result: encodeJson(input.result) ?? "{}",
    agent_name: toKeyText(input.agentName),
    metric_name: input.metricName,
    instructions: input.instructions,
    test_info: encodeJson(input.testInfo ?? {}) ?? "{}",
    global_run_id: toKeyText(input.globalRunId),
    run_id: toKeyText(input.runId),
    created_at: createdAt,
    is_test: typeof testPath === "string" && testPath !== "",
  };
}

export function toEval(row: EvalRecord | StoredRow<typeof evals>): EvalRow {
  const decoded = decodeRow(evals, row as StoredRow<typeof evals>);
  return {
    id: decoded.id,
    input: decoded.input,
    output: decoded.output,
    result: decoded.result as EvalRow["result"],
    agentName: fromKeyText(decoded.agent_name),
    metricName: decoded.metric_name,
    instructions: decoded.instructions,
    testInfo: decoded.test_info as EvalRow["testInfo"],
    globalRunId: fromKeyText(decoded.global_run_id),
    runId: fromKeyText(decoded.run_id),
    createdAt: decoded.created_at,
  };
}

/** An eval as the score that says the same. Never applied by itself. */
export function evalToScore(row: EvalRow): SaveScorePayload {
  const { id, result, testInfo, instructions, metricName, agentName, createdAt } = row;
  const { testPath } = testInfo;
  const reason = reasonOf(result.info) ?? reasonOf(result.details);
  return {
    id,
    scorerId: metricName,
    scorer: { id: metricName, name: metricName },
    entityId: agentName,
    entityType: "AGENT",
    entity: { id: agentName, name: agentName },
    source: typeof testPath === "string" && testPath !== "" ? "TEST" : "LIVE",
    score: Number(result.score),
    input: row.input,
    output: row.output,
    runId: row.runId,
    batchId: row.globalRunId,
    ...(reason !== undefined && { reason }),
    metadata: { result, testInfo, instructions },
    createdAt,
  };
}

function reasonOf(value: unknown): string | undefined {
  const { reason } = (isObject(value) ? value : {}) as { reason?: unknown };
  return typeof reason === "string" ? reason : undefined;
}
