import { z } from "@hono/zod-openapi";
import type {
  Experiment,
  ExperimentResult,
  ExperimentsStorage,
  SaveScorePayload,
  ScoreRow,
  ScoresStorage,
} from "@stowage/core";
import { isStorageError } from "@stowage/core";
import { HttpError, notFound } from "../api/errors.ts";
import { count, list, orderBy, page } from "../api/query.ts";
import { type Call, type Route, route } from "../api/route.ts";
import { datasetOf, tenancy } from "./datasets.ts";
import { needsRuntime } from "./needs-runtime.ts";
import { anyRecord, date, pagination, record, success, words } from "./shapes.ts";

const area = "experiments";
const text = z.string().optional();
const experiment = z.looseObject({ id: z.string(), status: z.string() });
const result = z.looseObject({ id: z.string(), experimentId: z.string(), itemId: z.string() });

const listQuery = {
  ...page,
  ...orderBy("createdAt", "status"),
  ...tenancy,
  experimentSetId: text,
  comparisonId: text,
  variantId: text,
  trialIndex: count.optional(),
  targetType: text,
  targetId: text,
  status: text,
};
type ListQuery = z.output<z.ZodObject<typeof listQuery>>;

const listed = async (experiments: ExperimentsStorage, query: ListQuery, datasetId?: string) => {
  const { page = 0, perPage = 100, organizationId, projectId, ...rest } = query;
  const filters = { organizationId, projectId };
  return experiments.listExperiments({ ...rest, datasetId, pagination: { page, perPage }, filters });
};

/** @throws HttpError 404 for a run that is not there, or not of that dataset. */
async function experimentOf(experiments: ExperimentsStorage, datasetId: string, id: string): Promise<Experiment> {
  const found = await experiments.getExperimentById({ id });
  if (found?.datasetId !== datasetId) throw notFound("the experiment was");
  return found;
}

/** @throws HttpError 404 for a run that is not there. */
async function anyExperimentOf(experiments: ExperimentsStorage, id: string): Promise<Experiment> {
  const found = await experiments.getExperimentById({ id });
  if (!found) throw notFound("the experiment was");
  return found;
}

const resultQuery = {
  ...page,
  ...orderBy("startedAt", "createdAt"),
  tags: list.optional(),
  status: text,
  traceId: text,
};

const verdict = z.object({
  status: z.enum(["needs-review", "reviewed", "complete"]).nullable().optional(),
  tags: words.nullable().optional(),
  comment: z.string().nullable().optional(),
});

/** What creating a run answers: the form in which a finished run is told, with no results yet. */
const summaryOf = (run: Experiment) => ({
  experimentId: run.id,
  status: run.status,
  totalItems: run.totalItems,
  succeededCount: run.succeededCount,
  failedCount: run.failedCount,
  datasetVersion: run.datasetVersion ?? undefined,
  startedAt: run.startedAt,
  completedAt: run.completedAt,
  results: [],
});

async function* resultsOf(experiments: ExperimentsStorage, experimentId: string): AsyncGenerator<ExperimentResult> {
  let after: string | undefined;
  do {
    const orderBy = { field: "createdAt", direction: "ASC" } as const;
    const { results, nextCursor } = await experiments.listExperimentResults({
      experimentId,
      orderBy,
      pagination: { perPage: 500 },
      after,
    });
    yield* results;
    after = nextCursor;
  } while (after !== undefined);
}

async function scoresOf(scores: ScoresStorage, runId: string): Promise<Map<string, Record<string, number | null>>> {
  const byItem = new Map<string, Record<string, number | null>>();
  for (let page = 0; ; page++) {
    const listed = await scores.listScoresByRunId({ runId, pagination: { page, perPage: 500 } });
    for (const { datasetItemId, scorerId, score } of listed.scores) {
      if (!datasetItemId) continue;
      const known = byItem.get(datasetItemId) ?? {};
      // Newest first: the first seen stands.
      known[scorerId] ??= score;
      byItem.set(datasetItemId, known);
    }
    if (!listed.pagination.hasMore) return byItem;
  }
}

const resultBody = z.object({
  itemId: z.string().min(1),
  attempt: z.number().int().min(0).optional(),
  input: z.unknown().optional(),
  output: z.unknown().optional(),
  groundTruth: z.unknown().optional(),
  error: z.object({ message: z.string(), stack: text, code: text }).nullable().optional(),
  startedAt: date.optional(),
  completedAt: date.optional(),
  traceId: text,
  tags: words.optional(),
  metadata: anyRecord.optional(),
  scores: z
    .array(
      z.object({
        scorerId: z.string(),
        scorerName: text,
        score: z.number(),
        reason: text,
        metadata: anyRecord.optional(),
      }),
    )
    .max(100)
    .optional(),
});

/** A score given with a result, under an id that makes its repetition the same row. */
const scoreRow = (
  run: Experiment,
  saved: ExperimentResult,
  given: NonNullable<z.output<typeof resultBody>["scores"]>[number],
): SaveScorePayload => ({
  id: `${saved.experimentId}:${saved.itemId}:${saved.attempt}:${given.scorerId}`,
  scorerId: given.scorerId,
  scorer: { id: given.scorerId, name: given.scorerName ?? given.scorerId },
  score: given.score,
  reason: given.reason,
  metadata: given.metadata,
  runId: saved.experimentId,
  entityId: run.targetId ?? run.id,
  entityType: run.targetType?.toUpperCase() ?? "EXPERIMENT",
  entity: { id: run.targetId ?? run.id },
  source: "TEST",
  input: saved.input ?? {},
  output: saved.output ?? null,
  traceId: saved.traceId ?? undefined,
  datasetId: run.datasetId,
  datasetItemId: saved.itemId,
  organizationId: run.organizationId,
  projectId: run.projectId,
});

export const experimentRoutes: Route[] = [
  route("get /experiments", {
    area,
    summary: "A page of runs over all datasets",
    query: listQuery,
    answer: z.looseObject({ experiments: z.array(experiment), pagination }),
    run: async ({ store, query }) => listed(await store("experiments"), query),
  }),
  route("get /experiments/review-summary", {
    area,
    summary: "How far the review of each run has come",
    query: tenancy,
    answer: z.object({ counts: z.array(record) }),
    run: async ({ store, query }) => ({
      counts: await (await store("experiments")).getReviewSummary({ filters: query }),
    }),
  }),
  route("get /experiments/{experimentId}", {
    area,
    summary: "One run, whatever its dataset",
    answer: experiment,
    run: async ({ store, params }) => anyExperimentOf(await store("experiments"), params.experimentId),
  }),
  route("get /experiments/{experimentId}/results", {
    area,
    summary: "A page of results with their scores, whatever the dataset of the run",
    query: resultQuery,
    answer: z.looseObject({ results: z.array(result), pagination }),
    async run({ store, params, query }) {
      const { id } = await anyExperimentOf(await store("experiments"), params.experimentId);
      return scoredResults(store, id, query);
    },
  }),
  route("patch /experiments/{experimentId}/results/{resultId}", {
    area,
    summary: "Changes status, tags and comment of a result, whatever the dataset of its run",
    body: verdict,
    answer: result,
    run: async ({ store, params, body }) =>
      (await store("experiments")).updateExperimentResult({
        id: params.resultId,
        experimentId: params.experimentId,
        ...body,
      }),
  }),
  route("delete /experiments/{experimentId}", {
    area,
    summary: "Removes a run with its results, whatever its dataset",
    query: tenancy,
    answer: success,
    async run({ store, params, query }) {
      await (await store("experiments")).deleteExperiment({ id: params.experimentId, filters: query });
      return { success: true };
    },
  }),
  route("get /datasets/{datasetId}/experiments", {
    area,
    summary: "A page of runs of a dataset",
    query: listQuery,
    answer: z.looseObject({ experiments: z.array(experiment), pagination }),
    async run({ store, params, query }) {
      await datasetOf(await store("datasets"), params.datasetId);
      return listed(await store("experiments"), query, params.datasetId);
    },
  }),
  route("post /datasets/{datasetId}/experiments", {
    area,
    summary: "Makes a run whose results come from outside; with an id it may be repeated",
    body: z.object({
      start: z.boolean().optional(),
      id: z.string().min(1).max(512).optional(),
      name: text,
      description: text,
      metadata: anyRecord.optional(),
      targetType: text,
      targetId: text,
      version: z.number().int().min(0).optional(),
      agentVersion: text,
      scorerIds: words.optional(),
      provenance: z
        .looseObject({ source: text, sourceId: text, sourceVersion: text, metadata: anyRecord.optional() })
        .optional(),
      grouping: z
        .object({ experimentSetId: text, comparisonId: text, variantId: text, trialIndex: z.number().int().optional() })
        .optional(),
    }),
    answer: z.looseObject({ experimentId: z.string(), status: z.string() }),
    async run({ store, params, body }) {
      if (body.start !== false) {
        throw new HttpError(501, "running an experiment needs an agent runtime; send start: false to record one", {
          code: "needs_runtime",
        });
      }
      const experiments = await store("experiments");
      const datasets = await store("datasets");
      const { version, grouping, start: _start, ...given } = body;
      const found = await datasetOf(datasets, params.datasetId);
      const datasetVersion = version ?? found.version;
      const { pagination: items } = await datasets.listItems({
        datasetId: found.id,
        version: datasetVersion,
        pagination: { perPage: 1 },
      });
      const { organizationId, projectId } = found;
      const wanted = {
        ...given,
        ...grouping,
        datasetId: found.id,
        datasetVersion,
        totalItems: items.total,
        organizationId,
        projectId,
      };
      try {
        return summaryOf(await experiments.createExperiment(wanted));
      } catch (error) {
        if (!given.id || !isStorageError(error) || (error.code !== "conflict" && error.code !== "already_exists"))
          throw error;
        const there = await experiments.getExperimentById({ id: given.id });
        if (there?.datasetId !== found.id) throw error;
        return summaryOf(there);
      }
    },
  }),
  route("post /datasets/{datasetId}/compare", {
    area,
    action: "read",
    summary: "Two runs item by item",
    body: z.object({ experimentIdA: z.string(), experimentIdB: z.string() }),
    answer: z.object({ baselineId: z.string(), items: z.array(record) }),
    async run({ store, params, body }) {
      const experiments = await store("experiments");
      const scores = await store("scores").catch(() => undefined);
      const ids = [body.experimentIdA, body.experimentIdB];
      const items = new Map<
        string,
        { itemId: string; input: unknown; groundTruth: unknown; results: Record<string, unknown> }
      >();
      for (const id of ids) {
        await experimentOf(experiments, params.datasetId, id);
        const byItem = scores ? await scoresOf(scores, id) : new Map();
        for await (const { itemId, input, groundTruth, output } of resultsOf(experiments, id)) {
          const known = items.get(itemId) ?? {
            itemId,
            input,
            groundTruth,
            results: Object.fromEntries(ids.map((entry) => [entry, null])),
          };
          known.results[id] = { output, scores: byItem.get(itemId) ?? {} };
          items.set(itemId, known);
        }
      }
      return { baselineId: body.experimentIdA, items: [...items.values()] };
    },
  }),
  route("get /datasets/{datasetId}/experiments/{experimentId}", {
    area,
    summary: "One run",
    answer: experiment,
    run: async ({ store, params }) => experimentOf(await store("experiments"), params.datasetId, params.experimentId),
  }),
  route("patch /datasets/{datasetId}/experiments/{experimentId}", {
    area,
    summary: "Changes name, description and metadata of a run",
    body: z.object({ name: text, description: text, metadata: anyRecord.optional() }),
    answer: experiment,
    async run({ store, params, body }) {
      const experiments = await store("experiments");
      await experimentOf(experiments, params.datasetId, params.experimentId);
      return experiments.updateExperiment({ id: params.experimentId, ...body });
    },
  }),
  route("delete /datasets/{datasetId}/experiments/{experimentId}", {
    area,
    summary: "Removes a run with its results",
    query: tenancy,
    answer: success,
    async run({ store, params, query }) {
      const experiments = await store("experiments");
      await experimentOf(experiments, params.datasetId, params.experimentId);
      await experiments.deleteExperiment({ id: params.experimentId, filters: query });
      return { success: true };
    },
  }),
  route("get /datasets/{datasetId}/experiments/{experimentId}/results", {
    area,
    summary: "A page of results",
    query: resultQuery,
    answer: z.looseObject({ results: z.array(result), pagination }),
    async run({ store, params, query }) {
      const { id } = await experimentOf(await store("experiments"), params.datasetId, params.experimentId);
      return scoredResults(store, id, query);
    },
  }),
  route("post /datasets/{datasetId}/experiments/{experimentId}/results", {
    area,
    summary: "Records the result of an attempt at an item; repeating it replaces it",
    body: resultBody,
    answer: result,
    async run({ store, params, body }) {
      const experiments = await store("experiments");
      const run = await experimentOf(experiments, params.datasetId, params.experimentId);
      const { scores: given = [], ...rest } = body;
      const datasets = await store("datasets");
      const item = await datasets.getItemById({ id: body.itemId, datasetVersion: run.datasetVersion ?? undefined });
      if (item?.datasetId !== params.datasetId) throw notFound("the item was");
      const now = new Date();
      const saved = await experiments.upsertExperimentResult({
        startedAt: now,
        completedAt: now,
        ...rest,
        experimentId: run.id,
        itemDatasetVersion: item.datasetVersion,
        input: body.input ?? item.input,
        groundTruth: body.groundTruth ?? item.groundTruth ?? null,
      });
      if (given.length > 0) {
        const scores = await store("scores");
        for (const entry of given) await scores.saveScore(scoreRow(run, saved, entry));
      }
      if (run.status === "pending") {
        await experiments.updateExperiment({
          id: run.id,
          status: "running",
          startedAt: run.startedAt ?? saved.startedAt,
        });
      }
      return saved;
    },
  }),
  route("post /datasets/{datasetId}/experiments/{experimentId}/finalize", {
    area,
    summary: "Ends a run; the counts are taken from its results",
    body: z.looseObject({}).optional(),
    answer: experiment,
    async run({ store, params }) {
      const experiments = await store("experiments");
      const run = await experimentOf(experiments, params.datasetId, params.experimentId);
      // The latest attempt at an item decides about it.
      const latest = new Map<string, ExperimentResult>();
      for await (const entry of resultsOf(experiments, run.id)) {
        if ((latest.get(entry.itemId)?.attempt ?? -1) <= entry.attempt) latest.set(entry.itemId, entry);
      }
      const failedCount = [...latest.values()].filter(({ error }) => error !== null).length;
      const succeededCount = latest.size - failedCount;
      const totalItems = Math.max(run.totalItems, latest.size);
      return experiments.updateExperiment({
        id: run.id,
        status: "completed",
        totalItems,
        succeededCount,
        failedCount,
        skippedCount: totalItems - latest.size,
        completedAt: run.completedAt ?? new Date(),
      });
    },
  }),
  route("patch /datasets/{datasetId}/experiments/{experimentId}/results/{resultId}", {
    area,
    summary: "Changes status, tags and comment of a result",
    body: verdict,
    answer: result,
    async run({ store, params, body }) {
      const experiments = await store("experiments");
      const { id: experimentId } = await experimentOf(experiments, params.datasetId, params.experimentId);
      return experiments.updateExperimentResult({ id: params.resultId, experimentId, ...body });
    },
  }),
  ...needsRuntime(area, ["post /datasets/{datasetId}/experiments/{experimentId}/items/{itemId}/run"]),
];

async function scoredResults(
  store: Call["store"],
  experimentId: string,
  { page = 0, perPage = 100, ...rest }: z.output<z.ZodObject<typeof resultQuery>>,
) {
  const experiments = await store("experiments");
  const found = await experiments.listExperimentResults({ experimentId, pagination: { page, perPage }, ...rest });
  const scores = await store("scores").catch(() => undefined);
  return { ...found, results: scores ? await withScores(scores, experimentId, found.results) : found.results };
}

/** The scores of each result of a page, as far as they were given with it. */
async function withScores(scores: ScoresStorage, runId: string, results: ExperimentResult[]) {
  const ofRun: ScoreRow[] = [];
  for (let page = 0; results.length > 0; page++) {
    const listed = await scores.listScoresByRunId({ runId, pagination: { page, perPage: 500 } });
    ofRun.push(...listed.scores);
    if (!listed.pagination.hasMore) break;
  }
  return results.map((entry) => ({
    ...entry,
    scores: ofRun
      .filter(({ datasetItemId }) => datasetItemId === entry.itemId)
      .map(({ scorerId, scorer, score, reason }) => ({
        scorerId,
        scorerName: String(scorer.name ?? scorerId),
        score,
        reason: reason ?? null,
        error: null,
      })),
  }));
}
