import type { Table } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import type { DomainContext } from "../shared/context.ts";
import { defineOperations } from "../shared/operations.ts";
import type { PaginationInfo } from "../shared/pagination.ts";
import type { PruneOptions, PruneResult, TableRetentionPolicy } from "../shared/retention.ts";
import { listBranches } from "./branches/list.ts";
import { readBranch } from "./branches/read.ts";
import { Deltas } from "./delta/deltas.ts";
import { distinctTags, distinctValues, ofEntityType } from "./discovery.ts";
import { insertLegacyTraces, listLegacyTraces } from "./legacy/legacy-traces.ts";
import type { LegacyTrace, LegacyTraceInput, LegacyTraceQuery } from "./legacy/types.ts";
import { metricLabelKeys, metricLabelValues, metricNames } from "./metric-discovery.ts";
import type { ObservabilityOptions } from "./options.ts";
import { type ExportArgs, type IngestResult, readExport, readRequest, writeRequest } from "./otlp/transfer.ts";
import { pruneObservability } from "./prune.ts";
import { aggregateTraces } from "./query/aggregate.ts";
import { fieldValues, observedFields } from "./query/discovery.ts";
import { type QueryOptions, timeoutOf } from "./query/plan.ts";
import { QueryRun } from "./query/population.ts";
import { queryThreads } from "./query/threads.ts";
import { queryTraces } from "./query/traces.ts";
import { readRollups } from "./rollups/answers.ts";
import { RollupKeeper } from "./rollups/keeper.ts";
import { SlotMarks } from "./rollups/marks.ts";
import { readTraceRollups } from "./rollups/of-traces.ts";
import { rebuildRollups } from "./rollups/rebuild.ts";
import { rollupMarks, rollups } from "./rollups/tables.ts";
import type { RebuildArgs, RebuildResult, RollupArgs, RollupRow, TraceRollup } from "./rollups/types.ts";
import { SharedPayloads } from "./shared/shared-payloads.ts";
import { spanParts } from "./shared/tables.ts";
import { signalMembers, withFeedbackUser } from "./signals/filters.ts";
import { feedbackKind, logKind, metricKind, scoreKind } from "./signals/kinds.ts";
import { listSignals, readScore } from "./signals/list.ts";
import { aggregateSignals, breakDownSignals, percentilesOfSignals, seriesOfSignals } from "./signals/olap/answers.ts";
import { feedbackSubject, metricSubject, scoreSubject } from "./signals/olap/subjects.ts";
import { moveReviewStatus, readScope, removeSignals } from "./signals/remove.ts";
import { feedback, logs, metrics, scoreEvents, signalTables } from "./signals/tables.ts";
import type {
  AggregateAnswer,
  AggregateArgs,
  BreakdownAnswer,
  BreakdownArgs,
  CreateFeedbackRecord,
  CreateLogRecord,
  CreateMetricRecord,
  CreateScoreRecord,
  FeedbackFilters,
  FeedbackRecord,
  FeedbackSubject,
  ListBranchesResult,
  ListFeedbackArgs,
  ListFeedbackResult,
  ListLogsArgs,
  ListLogsResult,
  ListMetricsArgs,
  ListMetricsResult,
  ListScoresArgs,
  ListScoresResult,
  MetricFilters,
  MetricSubject,
  PercentilesAnswer,
  PercentilesArgs,
  ReviewStatus,
  ScoreFilters,
  ScoreRecord,
  ScoreSubject,
  SignalScope,
  TimeSeriesAnswer,
  TimeSeriesArgs,
} from "./signals/types.ts";
import { writeSignals } from "./signals/write.ts";
import { type Incoming, readCreate, readUpdate } from "./spans/incoming.ts";
import { ObservabilityStorage } from "./storage.ts";
import { legacyTraces, observabilityState, spans, tracingTables } from "./tables.ts";
import { deleteTraces, readDeletion } from "./traces/delete.ts";
import { IndexBuilder } from "./traces/index-builder.ts";
import { listTraces, listTracesLight } from "./traces/list.ts";
import { readModelCalls } from "./traces/model-calls.ts";
import { findSpan, readRootSpan, readSpan, readSpans, readStructure, readTrace } from "./traces/read.ts";
import {
  type BatchDeleteTracesArgs,
  type CreateSpanRecord,
  type LightSpanRecord,
  type ListArgs,
  type ListTracesArgs,
  type ListTracesLightResult,
  type ListTracesResult,
  type ObservabilityFeature,
  type ObservabilityStrategy,
  observabilityFeatures,
  type SpanRecord,
  type TraceFilters,
  type TraceModelCalls,
  tracingStrategies,
  type UpdateSpanArgs,
} from "./types.ts";
import { type CloseAbandonedArgs, type CloseAbandonedResult, closeAbandoned } from "./writing/close-abandoned.ts";
import { SpanCommitter } from "./writing/committer.ts";
import { ParkedSweeper } from "./writing/parked.ts";
import { SpanWriter } from "./writing/writer.ts";

const tables: readonly Table[] = [...tracingTables, spanParts, ...signalTables, rollups, rollupMarks];

const features: readonly ObservabilityFeature[] = Object.freeze([...observabilityFeatures]);

/** The `observability` domain on any engine. */
export class ObservabilityStore extends ObservabilityStorage {
  static readonly tables = tables;
  static override readonly retentionTables = {
    spans: { table: spans.name, column: "startedAt" },
    traces: { table: legacyTraces.name, column: "createdAt" },
    metrics: { table: metrics.name, column: "timestamp" },
    logs: { table: logs.name, column: "timestamp" },
    scores: { table: scoreEvents.name, column: "timestamp" },
    feedback: { table: feedback.name, column: "timestamp" },
  };
  readonly context: DomainContext;
  /** The context, with an engine that keeps payloads in pieces. */
  readonly #means: DomainContext;
  readonly #shared: SharedPayloads;
  readonly #builder: IndexBuilder;
  readonly #deltas: Deltas;
  readonly #committer: SpanCommitter;
  readonly #sweeper: ParkedSweeper;
  readonly #writer: SpanWriter;
  readonly #keeper: RollupKeeper;
  readonly #strategy: ObservabilityStrategy;

  constructor(context: DomainContext) {
    super();
    this.context = context;
    const { sharePayloads = true, rollups: keepsRollups = true } = (context.settings?.observability ??
      {}) as ObservabilityOptions;
    this.#shared = new SharedPayloads(context.engine, context.clock, sharePayloads);
    // Everything else of the context stays what it is at the moment: the logger may change.
    this.#means = Object.create(context, { engine: { value: this.#shared } });
    this.#builder = new IndexBuilder(this.#means);
    this.#deltas = new Deltas(this.#means.engine, context.clock);
    const marks = keepsRollups ? new SlotMarks(context.clock) : undefined;
    this.#committer = new SpanCommitter(this.#means, this.#builder, marks);
    this.#keeper = new RollupKeeper(this.#means.engine, context.clock, marks);
    this.#sweeper = new ParkedSweeper(this.#means, (traceId) => this.#committer.cache.forget(traceId));
    this.#writer = new SpanWriter(this.#committer, () => {
      this.#keeper.rollIfDue((error) => this.context.logger.debug("stowage: could not keep rollups", error));
      return this.#sweeper.sweepIfDue();
    });
    this.#strategy = Object.freeze({
      // A store without compare-and-swap appends more gladly than it changes.
      preferred: context.engine.capabilities.compareAndSwap ? "batch-with-updates" : "event-sourced",
      supported: tracingStrategies,
    });
  }

  init(): Promise<void> {
    return this.context.init();
  }

  override __setLogger(logger: Logger): void {
    this.context.setLogger(logger);
  }

  /** What is known about the tables stays: an empty database has a complete index. */
  async dangerouslyClearAll(): Promise<void> {
    const { engine } = this.#means;
    for (const table of tables) {
      if (table === observabilityState) continue;
      const limit = Math.min(1000, engine.capabilities.bulkLimit.records);
      for (let done = false; !done; ) ({ done } = await engine.removeRange({ table, limit }));
    }
    this.#committer.cache.clear();
    this.#committer.marks?.clear();
  }

  #lists() {
    return { engine: this.#means.engine, builder: this.#builder, deltas: this.#deltas };
  }

  override async prune(
    policies: Readonly<Record<string, TableRetentionPolicy>>,
    options: PruneOptions = {},
  ): Promise<PruneResult[]> {
    if (!options.dryRun && !options.signal?.aborted) await this.#sweeper.sweep();
    return pruneObservability(this.#means, this.#committer, policies, options);
  }

  override get observabilityStrategy(): ObservabilityStrategy {
    return this.#strategy;
  }

  override getFeatures(): readonly ObservabilityFeature[] {
    return features;
  }

  override async createSpan(args: { span: CreateSpanRecord }): Promise<void> {
    const item = readCreate(args?.span, 0, this.context.storeName);
    return this.#deltas.track(() => this.#writer.write([item]));
  }

  override async batchCreateSpans(args: { records: CreateSpanRecord[] }): Promise<void> {
    const { storeName } = this.context;
    const items = recordsOf(args).map((span, index) => readCreate(span, index, storeName));
    return this.#deltas.track(() => this.#writer.write(items));
  }

  override async updateSpan(args: UpdateSpanArgs): Promise<void> {
    const item = readUpdate(args, 0);
    return this.#deltas.track(() => this.#writer.write([item]));
  }

  override async batchUpdateSpans(args: { records: UpdateSpanArgs[] }): Promise<void> {
    const items = recordsOf(args).map((record, index): Incoming => readUpdate(record, index));
    return this.#deltas.track(() => this.#writer.write(items));
  }

  override closeAbandonedSpans(args: CloseAbandonedArgs): Promise<CloseAbandonedResult> {
    return this.#deltas.track(() => closeAbandoned(this.#means, this.#committer, args));
  }

  override getSpan(args: { traceId: string; spanId: string }): Promise<{ span: SpanRecord } | null> {
    return readSpan(this.#means.engine, args);
  }

  override findSpan(args: { spanId: string }): Promise<{ span: SpanRecord } | null> {
    return findSpan(this.#means.engine, args);
  }

  override getModelCalls(args: { traceIds: string[] }): Promise<{ traces: TraceModelCalls[] }> {
    return readModelCalls(this.#means.engine, args);
  }

  override getSpans(args: { traceId: string; spanIds: string[] }): Promise<{ traceId: string; spans: SpanRecord[] }> {
    return readSpans(this.#means.engine, args);
  }

  override async getRootSpan(args: { traceId: string }): Promise<{ span: SpanRecord } | null> {
    await this.#builder.complete();
    return readRootSpan(this.#means.engine, args);
  }

  override getTrace(args: { traceId: string }): Promise<{ traceId: string; spans: SpanRecord[] } | null> {
    return readTrace(this.#means.engine, args);
  }

  override getStructure(args: { traceId: string }): Promise<{ traceId: string; spans: LightSpanRecord[] } | null> {
    return readStructure(this.#means.engine, args);
  }

  override listTraces(args?: ListTracesArgs): Promise<ListTracesResult> {
    return listTraces(this.#lists(), args);
  }

  override listTracesLight(args?: ListTracesArgs): Promise<ListTracesLightResult> {
    return listTracesLight(this.#lists(), args);
  }

  override listBranches(args?: ListArgs<TraceFilters, "startedAt" | "endedAt">): Promise<ListBranchesResult> {
    return listBranches(this.#lists(), args);
  }

  override getBranch(args: {
    traceId: string;
    spanId: string;
    depth?: number;
  }): Promise<{ traceId: string; spans: SpanRecord[] } | null> {
    return readBranch(this.#means.engine, args);
  }

  override async batchDeleteTraces(args: BatchDeleteTracesArgs): Promise<void> {
    const { traceIds, scope } = readDeletion(args);
    if (traceIds.length === 0) return;
    await this.#builder.complete();
    await deleteTraces({ engine: this.#means.engine, marks: this.#committer.marks }, traceIds, scope);
    // Also what an earlier deletion, cut short, may have left.
    await this.#shared.sweep(traceIds);
    for (const traceId of traceIds) this.#committer.cache.forget(traceId);
  }

  override batchCreateLogs(args: { logs: CreateLogRecord[] }): Promise<void> {
    return this.#deltas.track(() => writeSignals(this.context, logKind, args?.logs, "logs"));
  }

  override async listLogs(args?: ListLogsArgs): Promise<ListLogsResult> {
    const { rows, ...info } = await listSignals(this.#lists(), logKind, signalMembers.log, ["timestamp"], args);
    return { logs: rows, ...info };
  }

  override batchCreateMetrics(args: { metrics: CreateMetricRecord[] }): Promise<void> {
    return this.#deltas.track(() => writeSignals(this.context, metricKind, args?.metrics, "metrics"));
  }

  override async listMetrics(args?: ListMetricsArgs): Promise<ListMetricsResult> {
    const { rows, ...info } = await listSignals(this.#lists(), metricKind, signalMembers.metric, ["timestamp"], args);
    return { metrics: rows, ...info };
  }

  override getMetricAggregate(args: AggregateArgs<MetricSubject, MetricFilters>): Promise<AggregateAnswer> {
    return aggregateSignals(this.#means.engine, metricSubject, args);
  }

  override getMetricBreakdown(args: BreakdownArgs<MetricSubject, MetricFilters>): Promise<BreakdownAnswer> {
    return breakDownSignals(this.#means.engine, metricSubject, args);
  }

  override getMetricTimeSeries(args: TimeSeriesArgs<MetricSubject, MetricFilters>): Promise<TimeSeriesAnswer> {
    return seriesOfSignals(this.#means.engine, metricSubject, args);
  }

  override getMetricPercentiles(args: PercentilesArgs<MetricSubject, MetricFilters>): Promise<PercentilesAnswer> {
    return percentilesOfSignals(this.#means.engine, metricSubject, args);
  }

  override createScore(args: { score: CreateScoreRecord }): Promise<void> {
    return this.#deltas.track(() => writeSignals(this.context, scoreKind, [args?.score], "scores"));
  }

  override batchCreateScores(args: { scores: CreateScoreRecord[] }): Promise<void> {
    return this.#deltas.track(() => writeSignals(this.context, scoreKind, args?.scores, "scores"));
  }

  override async listScores(args?: ListScoresArgs): Promise<ListScoresResult> {
    const { rows, ...info } = await listSignals(
      this.#lists(),
      scoreKind,
      signalMembers.score,
      ["timestamp", "score"],
      args,
    );
    return { scores: rows, ...info };
  }

  override getScoreById(scoreId: string): Promise<ScoreRecord | null> {
    return readScore(this.#means.engine, scoreId);
  }

  override deleteScores(args: { scoreIds: string[] } & SignalScope): Promise<void> {
    return removeSignals(this.#means.engine, scoreEvents, args?.scoreIds, readScope(args));
  }

  override getScoreAggregate(args: AggregateArgs<ScoreSubject, ScoreFilters>): Promise<AggregateAnswer> {
    return aggregateSignals(this.#means.engine, scoreSubject, args);
  }

  override getScoreBreakdown(args: BreakdownArgs<ScoreSubject, ScoreFilters>): Promise<BreakdownAnswer> {
    return breakDownSignals(this.#means.engine, scoreSubject, args);
  }

  override getScoreTimeSeries(args: TimeSeriesArgs<ScoreSubject, ScoreFilters>): Promise<TimeSeriesAnswer> {
    return seriesOfSignals(this.#means.engine, scoreSubject, args);
  }

  override getScorePercentiles(args: PercentilesArgs<ScoreSubject, ScoreFilters>): Promise<PercentilesAnswer> {
    return percentilesOfSignals(this.#means.engine, scoreSubject, args);
  }

  override createFeedback(args: { feedback: CreateFeedbackRecord }): Promise<void> {
    return this.#deltas.track(() => writeSignals(this.context, feedbackKind, [args?.feedback], "feedback"));
  }

  override batchCreateFeedback(args: { feedbacks: CreateFeedbackRecord[] }): Promise<void> {
    return this.#deltas.track(() => writeSignals(this.context, feedbackKind, args?.feedbacks, "feedbacks"));
  }

  override async listFeedback(args?: ListFeedbackArgs): Promise<ListFeedbackResult> {
    const asked = withFeedbackUser(args);
    const { rows, ...info } = await listSignals(
      this.#lists(),
      feedbackKind,
      signalMembers.feedback,
      ["timestamp"],
      asked,
    );
    return { feedback: rows, ...info };
  }

  override updateFeedbackReviewStatus(args: {
    feedbackId: string;
    reviewStatus: ReviewStatus;
  }): Promise<FeedbackRecord> {
    return moveReviewStatus(this.#means.engine, args);
  }

  override deleteFeedback(args: { feedbackIds: string[] } & SignalScope): Promise<void> {
    return removeSignals(this.#means.engine, feedback, args?.feedbackIds, readScope(args));
  }

  override getFeedbackAggregate(args: AggregateArgs<FeedbackSubject, FeedbackFilters>): Promise<AggregateAnswer> {
    return aggregateSignals(this.#means.engine, feedbackSubject, args);
  }

  override getFeedbackBreakdown(args: BreakdownArgs<FeedbackSubject, FeedbackFilters>): Promise<BreakdownAnswer> {
    return breakDownSignals(this.#means.engine, feedbackSubject, args);
  }

  override getFeedbackTimeSeries(args: TimeSeriesArgs<FeedbackSubject, FeedbackFilters>): Promise<TimeSeriesAnswer> {
    return seriesOfSignals(this.#means.engine, feedbackSubject, args);
  }

  override getFeedbackPercentiles(args: PercentilesArgs<FeedbackSubject, FeedbackFilters>): Promise<PercentilesAnswer> {
    return percentilesOfSignals(this.#means.engine, feedbackSubject, args);
  }

  override batchTraceInsert(args: { records: LegacyTraceInput[] }): Promise<void> {
    return insertLegacyTraces(this.context, args);
  }

  override getTracesPaginated(args?: LegacyTraceQuery): Promise<PaginationInfo & { traces: LegacyTrace[] }> {
    return listLegacyTraces(this.#means.engine, args);
  }

  override async getTraces(args?: LegacyTraceQuery): Promise<LegacyTrace[]> {
    return (await listLegacyTraces(this.#means.engine, args)).traces;
  }

  override async ingestOtlpTraces(body: object | Uint8Array): Promise<IngestResult> {
    const { records, ...rest } = readRequest(body);
    await this.batchCreateSpans({ records });
    return { acceptedSpans: records.length, ...rest };
  }

  override async exportOtlpTraces(args: ExportArgs): Promise<{ resourceSpans: unknown[] }> {
    const { traceIds, includeRunning } = readExport(args);
    const spans: SpanRecord[] = [];
    for (const traceId of traceIds) {
      const trace = await readTrace(this.#means.engine, { traceId });
      for (const span of trace?.spans ?? []) spans.push(span);
    }
    return writeRequest(spans, includeRunning);
  }

  override async getEntityTypes(_args?: object): Promise<{ entityTypes: string[] }> {
    return { entityTypes: await distinctValues(this.#means.engine, "entityType") };
  }

  override async getEntityNames(args?: { entityType?: string }): Promise<{ names: string[] }> {
    return { names: await distinctValues(this.#means.engine, "entityName", ofEntityType(args)) };
  }

  override async getServiceNames(_args?: object): Promise<{ serviceNames: string[] }> {
    return { serviceNames: await distinctValues(this.#means.engine, "serviceName") };
  }

  override async getEnvironments(_args?: object): Promise<{ environments: string[] }> {
    return { environments: await distinctValues(this.#means.engine, "environment") };
  }

  override async getTags(args?: { entityType?: string }): Promise<{ tags: string[] }> {
    return { tags: await distinctTags(this.#means.engine, ofEntityType(args)) };
  }

  override async getMetricNames(args?: { prefix?: string; limit?: number }): Promise<{ names: string[] }> {
    return { names: await metricNames(this.#means.engine, args) };
  }

  override async getMetricLabelKeys(args: { metricName: string }): Promise<{ keys: string[] }> {
    return { keys: await metricLabelKeys(this.#means.engine, args) };
  }

  override async getMetricLabelValues(args: {
    metricName: string;
    labelKey: string;
    prefix?: string;
    limit?: number;
  }): Promise<{ values: string[] }> {
    return { values: await metricLabelValues(this.#means.engine, args) };
  }

  override queryTraces(plan: object, options?: QueryOptions): Promise<object> {
    return this.#query(options, (run) => queryTraces(run, this.#deltas, plan));
  }

  override queryThreads(plan: object, options?: QueryOptions): Promise<object> {
    return this.#query(options, (run) => queryThreads(run, plan));
  }

  override getTraceQueryObservedFields(plan: object, options?: QueryOptions): Promise<object> {
    return this.#query(options, (run) => observedFields(run, plan));
  }

  override getTraceQueryValues(plan: object, options?: QueryOptions): Promise<object> {
    return this.#query(options, (run) => fieldValues(run, plan));
  }

  override aggregateTraces(plan: object, options?: QueryOptions): Promise<object> {
    return this.#query(options, (run) => aggregateTraces(run, plan));
  }

  override getTraceRollups(args: { traceIds: string[] }): Promise<{ rollups: TraceRollup[] }> {
    return readTraceRollups(this.#means.engine, args);
  }

  override async getRollups(args: RollupArgs): Promise<{ rows: RollupRow[] }> {
    await this.#builder.complete();
    return readRollups(this.#keeper, args);
  }

  override async rebuildRollups(args?: RebuildArgs): Promise<RebuildResult> {
    await this.#builder.complete();
    return rebuildRollups(this.#means.engine, this.#keeper, args);
  }

  async #query<Result>(options: QueryOptions | undefined, ask: (run: QueryRun) => Promise<Result>): Promise<Result> {
    const { engine, clock } = this.#means;
    await this.#builder.complete();
    return ask(new QueryRun(engine, clock, timeoutOf(options)));
  }
}

function recordsOf(args: unknown): unknown[] {
  const { records } = (args ?? {}) as { records?: unknown };
  if (!Array.isArray(records)) throw invalid("records must be a list", "INVALID_ARGUMENT", { path: "records" });
  return records;
}

defineOperations(ObservabilityStore, "observability", ["getFeatures"]);
