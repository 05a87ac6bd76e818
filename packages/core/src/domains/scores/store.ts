import { get } from "../../engine/operations.ts";
import type { Table } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { clearTables } from "../shared/clear.ts";
import type { DomainContext } from "../shared/context.ts";
import type { RetentionTable } from "../shared/domain.ts";
import { isKeyText } from "../shared/key-text.ts";
import { defineOperations } from "../shared/operations.ts";
import { pruneRows } from "../shared/prune-rows.ts";
import type { PruneOptions, PruneResult, TableRetentionPolicy } from "../shared/retention.ts";
import { lookupId } from "../shared/values.ts";
import { saveEvals } from "./evals.ts";
import { listEvals } from "./list-evals.ts";
import { listScorers } from "./list-scorers.ts";
import { listScores } from "./list-scores.ts";
import { saveScore } from "./save-score.ts";
import { toScore } from "./score-records.ts";
import { ScoresStorage } from "./storage.ts";
import { summarizeScorer } from "./summarize-scorer.ts";
import { evals, scores, scoresTables } from "./tables.ts";
import type {
  EvalInput,
  EvalRow,
  EvalType,
  GetEvalsInput,
  GetEvalsOutput,
  ListAllScoresInput,
  ListScorersInput,
  ListScoresByEntityIdInput,
  ListScoresByRunIdInput,
  ListScoresByScorerIdInput,
  ListScoresBySpanInput,
  ListScoresOutput,
  SaveScorePayload,
  ScoreRow,
  ScorerSummary,
  SummarizeScorerInput,
  SummarizeScorerOutput,
} from "./types.ts";

/** The `scores` domain on any engine. */
export class ScoresStore extends ScoresStorage {
  static readonly tables: readonly Table[] = scoresTables;
  static override readonly retentionTables: Readonly<Record<string, RetentionTable>> = {
    scorers: { table: scores.name, column: "createdAt" },
    evals: { table: evals.name, column: "created_at" },
  };
  readonly context: DomainContext;

  constructor(context: DomainContext) {
    super();
    this.context = context;
  }

  init(): Promise<void> {
    return this.context.init();
  }

  async getScoreById(input: { id: string }): Promise<ScoreRow | null> {
    const id = lookupId(input?.id, "id");
    if (id === undefined || !isKeyText(id)) return null;
    const [{ rows }] = await this.context.engine.read([get(scores, [[id]])]);
    return rows[0] ? toScore(rows[0]) : null;
  }

  async saveScore(score: SaveScorePayload): Promise<{ score: ScoreRow }> {
    return { score: await saveScore(this.context, score) };
  }

  async listScores(input: ListAllScoresInput = {}): Promise<ListScoresOutput> {
    const { scorerId, entityId, entityType, resourceId, dateRange, pagination, filters } = input;
    const optional = { scorerId, entityId, entityType, resourceId };
    return listScores(this.context, { path: "byCreation", optional, dateRange, pagination, filters });
  }

  async listScorers(input: ListScorersInput = {}): Promise<{ scorers: ScorerSummary[] }> {
    return { scorers: await listScorers(this.context, input) };
  }

  async summarizeScorer(input: SummarizeScorerInput): Promise<SummarizeScorerOutput> {
    return summarizeScorer(this.context, input);
  }

  async listScoresByScorerId(input: ListScoresByScorerIdInput): Promise<ListScoresOutput> {
    const { scorerId, entityId, entityType, source, pagination, filters } = input;
    const optional = { entityId, entityType, source };
    return listScores(this.context, { path: "byScorer", eq: { scorerId }, optional, pagination, filters });
  }

  async listScoresByRunId({ runId, pagination, filters }: ListScoresByRunIdInput): Promise<ListScoresOutput> {
    return listScores(this.context, { path: "byRun", eq: { runId }, pagination, filters });
  }

  async listScoresByEntityId(input: ListScoresByEntityIdInput): Promise<ListScoresOutput> {
    const { entityId, entityType, pagination, filters } = input;
    return listScores(this.context, { path: "byEntity", eq: { entityId, entityType }, pagination, filters });
  }

  async listScoresBySpan({ traceId, spanId, pagination, filters }: ListScoresBySpanInput): Promise<ListScoresOutput> {
    return listScores(this.context, { path: "bySpan", eq: { traceId, spanId }, pagination, filters });
  }

  async saveEval(input: EvalInput): Promise<{ eval: EvalRow }> {
    const [saved] = await saveEvals(this.context, [input]);
    return { eval: saved as EvalRow };
  }

  async batchSaveEvals(input: { evals: readonly EvalInput[] }): Promise<{ evals: EvalRow[] }> {
    if (!Array.isArray(input?.evals)) throw invalid("evals must be an array", "INVALID_ARGUMENT", { path: "evals" });
    return { evals: await saveEvals(this.context, input.evals) };
  }

  async getEvals(input: GetEvalsInput = {}): Promise<GetEvalsOutput> {
    return listEvals(this.context, input);
  }

  async getEvalsByAgentName(agentName: string, type?: EvalType): Promise<EvalRow[]> {
    if (typeof agentName !== "string") {
      throw invalid("agentName must be a string", "INVALID_ARGUMENT", { path: "agentName" });
    }
    const found = await listEvals(this.context, { agentName, perPage: false, ...(type !== undefined && { type }) });
    return found.evals;
  }

  async dangerouslyClearAll(): Promise<void> {
    await clearTables(this.context.engine, scoresTables);
  }

  override async prune(
    policies: Readonly<Record<string, TableRetentionPolicy>>,
    options: PruneOptions = {},
  ): Promise<PruneResult[]> {
    const results: PruneResult[] = [];
    if (policies.scorers) {
      results.push(await pruneRows(this.context, "scores", scores, "byCreation", policies.scorers, options));
    }
    if (policies.evals) {
      results.push(await pruneRows(this.context, "scores", evals, "byCreation", policies.evals, options));
    }
    return results;
  }
}

defineOperations(ScoresStore, "scores");
