import { z } from "@hono/zod-openapi";
import type { ListScoresOutput, SaveScorePayload, ScoreRow, ScoresStorage } from "@stowage/core";
import { narrow, requireOwner } from "../access/principal.ts";
import { notFound } from "../api/errors.ts";
import { nextOf, pageAfter } from "../api/keyset.ts";
import { count, page, perPage, range } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { date, keysetShape, pagination, record } from "./shapes.ts";

const area = "scores";
const text = z.string().optional();
const score = z.looseObject({ id: z.string(), scorerId: z.string(), score: z.number() });
const scores = z.object({ pagination, scores: z.array(score) });
const pages = { page: count.optional(), perPage: perPage.optional() };

const asked = ({ page = 0, perPage = 10 }: { page?: number; perPage?: number }) => ({ page, perPage });

const order = { idOf: ({ id }: ScoreRow) => id, timeOf: ({ createdAt }: ScoreRow) => createdAt };

/** What nobody knows of a scorer that is not registered. */
const unregistered = { agentIds: [], agentNames: [], workflowIds: [], isRegistered: false };

/** The newest score of a scorer: storage knows scorers only by what they left. */
async function newestOf(store: ScoresStorage, scorerId: string): Promise<ListScoresOutput> {
  return store.listScoresByScorerId({ scorerId, pagination: { page: 0, perPage: 1 } });
}

export const scoreRoutes: Route[] = [
  route("get /stowage/scores", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Scores of all scorers, newest first; by pages, or after a cursor",
    query: {
      ...pages,
      after: text,
      scorerId: text,
      entityId: text,
      entityType: text,
      resourceId: text,
      dateRange: range.optional(),
    },
    answer: z.object({ pagination: z.object(keysetShape), scores: z.array(score) }),
    async run({ store, query, principal }) {
      const { page: _page, perPage: _perPage, after, ...conditions } = query;
      const resourceId = narrow(principal, query.resourceId);
      const domain = await store("scores");
      const pagination = asked(query);
      if (after !== undefined) {
        const { perPage } = pagination;
        const { rows, next } = await pageAfter(after, perPage, order, async (end, limit) => {
          const dateRange = { ...query.dateRange, end, endExclusive: false };
          const first = { page: 0, perPage: limit };
          return (await domain.listScores({ ...conditions, resourceId, dateRange, pagination: first })).scores;
        });
        return { scores: rows, pagination: { perPage, hasMore: next !== null, next } };
      }
      const listed = await domain.listScores({ ...conditions, resourceId, pagination });
      const { page, hasMore } = listed.pagination;
      const next = page === 0 && hasMore ? nextOf(listed.scores, order) : null;
      return { ...listed, pagination: { ...listed.pagination, next } };
    },
  }),
  route("get /stowage/scorers", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Every scorer that left a score, with how many, their mean and their bounds",
    query: { resourceId: text, dateRange: range.optional() },
    answer: z.object({ scorers: z.array(z.looseObject({ scorerId: z.string(), count: z.number() })) }),
    async run({ store, query, principal }) {
      const resourceId = narrow(principal, query.resourceId);
      return (await store("scores")).listScorers({ ...query, resourceId });
    },
  }),
  route("get /stowage/scorers/{scorerId}/summary", {
    area,
    isBound: true,
    isStrict: true,
    summary: "How the scores of a scorer are spread: over their range, by day, and by what they belong to",
    query: { resourceId: text, dateRange: range.optional(), groupBy: text, passFrom: z.coerce.number().optional() },
    answer: z.looseObject({ count: z.number(), bins: z.array(record), days: z.array(record), groups: z.array(record) }),
    async run({ store, params, query, principal }) {
      const resourceId = narrow(principal, query.resourceId);
      return (await store("scores")).summarizeScorer({ ...params, ...query, resourceId });
    },
  }),
  route("get /stowage/scores/{scoreId}", {
    area,
    isBound: true,
    summary: "One score",
    answer: z.object({ score }),
    async run({ store, params, principal }) {
      const found = await (await store("scores")).getScoreById({ id: params.scoreId });
      if (!found) throw notFound("the score was");
      requireOwner(principal, found.resourceId);
      return { score: found };
    },
  }),
  route("get /scores/scorers", {
    area,
    summary: "Scorers known by the scores they left; none is registered with a storage server",
    answer: z.record(z.string(), record),
    async run({ store }) {
      const { scorers } = await (await store("scores")).listScorers();
      return Object.fromEntries(
        scorers.map(({ scorerId }) => [
          scorerId,
          { scorer: { config: { id: scorerId, name: scorerId } }, ...unregistered },
        ]),
      );
    },
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
        ...unregistered,
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
