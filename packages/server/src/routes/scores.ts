import { z } from "@hono/zod-openapi";
import type { ListScoresOutput, SaveScorePayload, ScoresStorage } from "@stowage/core";
import { count, page, perPage } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { date, pagination, record } from "./shapes.ts";

const area = "scores";
const text = z.string().optional();
const score = z.looseObject({ id: z.string(), scorerId: z.string(), score: z.number() });
const scores = z.object({ pagination, scores: z.array(score) });
const pages = { page: count.optional(), perPage: perPage.optional() };

const asked = ({ page = 0, perPage = 10 }: { page?: number; perPage?: number }) => ({ page, perPage });

/** The newest score of a scorer: storage knows scorers only by what they left. */
async function newestOf(store: ScoresStorage, scorerId: string): Promise<ListScoresOutput> {
  return store.listScoresByScorerId({ scorerId, pagination: { page: 0, perPage: 1 } });
}

export const scoreRoutes: Route[] = [
  route("get /scores/scorers", {
    area,
    summary: "No scorer is registered with a storage server",
    answer: z.record(z.string(), record),
    run: async () => ({}),
  }),
  route("get /scores/scorers/{scorerId}", {
    area,
    summary: "A scorer as its newest score describes it, or null",
    answer: z
      .object({ scorer: record, isRegistered: z.literal(false) })
      .loose()
      .nullable(),
    async run({ store, params }) {
      const [newest] = (await newestOf(await store("scores"), params.scorerId)).scores;
      if (!newest) return null;
      return {
        scorer: { id: params.scorerId, config: { id: params.scorerId, ...newest.scorer } },
        agentIds: [],
        agentNames: [],
        workflowIds: [],
        isRegistered: false,
      };
    },
  }),
  route("get /scores/run/{runId}", {
    area,
    summary: "Scores of a run",
    query: pages,
    answer: scores,
    run: async ({ store, params, query }) =>
      (await store("scores")).listScoresByRunId({ runId: params.runId, pagination: asked(query) }),
  }),
  route("get /scores/scorer/{scorerId}", {
    area,
    summary: "Scores that a scorer gave",
    query: { ...page, entityId: text, entityType: text },
    answer: scores,
    async run({ store, params, query }) {
      const { entityId, entityType } = query;
      return (await store("scores")).listScoresByScorerId({
        ...params,
        entityId,
        entityType,
        pagination: asked(query),
      });
    },
  }),
  route("get /scores/entity/{entityType}/{entityId}", {
    area,
    summary: "Scores of an agent, a workflow or another entity",
    query: pages,
    answer: scores,
    run: async ({ store, params, query }) =>
      (await store("scores")).listScoresByEntityId({ ...params, pagination: asked(query) }),
  }),
  route("post /scores", {
    area,
    summary: "Saves a score; with an id it may be repeated",
    body: z.object({
      score: z.looseObject({
        scorerId: z.string(),
        entityId: z.string(),
        runId: z.string(),
        score: z.number(),
        source: z.enum(["LIVE", "TEST"]),
        createdAt: date.optional(),
      }),
    }),
    answer: z.object({ score }),
    run: async ({ store, body }) => (await store("scores")).saveScore(body.score as unknown as SaveScorePayload),
  }),
];
