import { z } from "@hono/zod-openapi";
import { type ObservabilityStorage, reviewStatuses } from "@stowage/core";
import { narrow, type Principal } from "../access/principal.ts";
import { count, list, object, orderBy, range, rangeObject } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { contextFilters, contextNames, listingOf, paging } from "./observability.ts";
import { anyRecord, date, record, success, words } from "./shapes.ts";

const area = "observability";
const text = z.string().optional();

const signalFilters = {
  ...contextFilters,
  spanId: text,
  executionSource: text,
  timestamp: range.optional(),
  tags: list.optional(),
};

const listed = (name: string) => z.looseObject({ [name]: z.array(record) });
const notFilters = new Set(["page", "perPage", "includeTotal", "mode", "after", "limit", "orderBy"]);

/** What a list was asked for, in the shape the domain takes; narrowed to the caller's owners. */
function argsOf(query: Record<string, unknown>, principal: Principal) {
  const given = { ...query, resourceId: narrow(principal, query.resourceId as string | undefined) };
  const filters = Object.entries(given).filter(([name, value]) => !notFilters.has(name) && value !== undefined);
  return { ...listingOf(query), filters: Object.fromEntries(filters) } as never;
}

const aggregation = z.enum(["sum", "avg", "min", "max", "count", "last", "count_distinct"]);
const interval = z.enum(["1m", "5m", "15m", "1h", "1d"]);

/** Filters as the client writes them into a body. */
const bodyFilters = z
  .looseObject({
    ...Object.fromEntries(contextNames.map((name) => [name, z.string().nullable().optional()])),
    timestamp: rangeObject.optional(),
    tags: words.optional(),
    labels: z.record(z.string(), z.string()).optional(),
    metadata: anyRecord.optional(),
  })
  .optional();

const kinds = {
  metrics: { subject: { name: z.union([z.string(), z.array(z.string()).min(1)]) }, method: "Metric" },
  scores: { subject: { scorerId: z.string(), scoreSource: text }, method: "Score" },
  feedback: { subject: { feedbackType: z.string(), feedbackSource: text }, method: "Feedback" },
} as const;

/** Four questions over the numbers of each kind of signal. */
function olapRoutes(kind: keyof typeof kinds): Route[] {
  const { subject, method } = kinds[kind];
  const measured = { ...subject, aggregation, distinctColumn: text, filters: bodyFilters };
  const questions = [
    [
      "aggregate",
      "Aggregate",
      { ...measured, comparePeriod: z.enum(["previous_period", "previous_day", "previous_week"]).optional() },
    ],
    [
      "breakdown",
      "Breakdown",
      {
        ...measured,
        groupBy: words,
        limit: z.number().int().min(1).max(1000).optional(),
        orderDirection: z.enum(["ASC", "DESC"]).optional(),
      },
    ],
    ["timeseries", "TimeSeries", { ...measured, interval, groupBy: words.optional() }],
    [
      "percentiles",
      "Percentiles",
      { ...subject, percentiles: z.array(z.number().min(0).max(1)).min(1).max(100), interval, filters: bodyFilters },
    ],
  ] as const;
  return questions.map(([word, suffix, shape]) =>
    route(`post /observability/${kind}/${word}`, {
      area,
      action: "read",
      isBound: true,
      summary: `${word} of ${kind}`,
      body: z.object(shape as Record<string, z.ZodType>),
      async run({ store, body, principal }) {
        const domain = await store("observability");
        const { filters, ...question } = body as { filters?: Record<string, unknown> };
        const resourceId = narrow(principal, filters?.resourceId as string | undefined);
        const narrowed = resourceId === undefined ? filters : { ...filters, resourceId };
        const ask = domain[`get${method}${suffix}`] as (args: unknown) => Promise<unknown>;
        return ask.call(domain, { ...question, ...(narrowed && { filters: narrowed }) });
      },
    }),
  );
}

type Discovery = readonly [string, keyof ObservabilityStorage, Record<string, z.ZodType>];
const discoveries: Discovery[] = [
  ["metric-names", "getMetricNames", { prefix: text, limit: count.optional() }],
  ["metric-label-keys", "getMetricLabelKeys", { metricName: z.string() }],
  [
    "metric-label-values",
    "getMetricLabelValues",
    { metricName: z.string(), labelKey: z.string(), prefix: text, limit: count.optional() },
  ],
  ["entity-types", "getEntityTypes", {}],
  ["entity-names", "getEntityNames", { entityType: text }],
  ["service-names", "getServiceNames", {}],
  ["environments", "getEnvironments", {}],
  ["tags", "getTags", { entityType: text }],
];

const ids = z.array(z.string()).max(1000);
const scope = { organizationId: text, resourceId: text };
const written = { traceId: z.string().nullable().optional(), timestamp: date.optional() };

export const signalRoutes: Route[] = [
  route("get /observability/logs", {
    area,
    isBound: true,
    summary: "A page of logs",
    query: { ...signalFilters, level: list.optional(), search: text, ...paging, ...orderBy("timestamp") },
    answer: listed("logs"),
    run: async ({ store, query, principal }) => (await store("observability")).listLogs(argsOf(query, principal)),
  }),
  route("get /observability/metrics", {
    area,
    isBound: true,
    summary: "A page of metrics",
    query: {
      ...signalFilters,
      name: list.optional(),
      traceIds: list.optional(),
      provider: text,
      model: text,
      costUnit: text,
      labels: object.optional(),
      ...paging,
      ...orderBy("timestamp"),
    },
    answer: listed("metrics"),
    run: async ({ store, query, principal }) => (await store("observability")).listMetrics(argsOf(query, principal)),
  }),
  route("get /observability/scores", {
    area,
    isBound: true,
    summary: "A page of score events",
    query: {
      ...signalFilters,
      scorerId: list.optional(),
      scoreSource: text,
      metadata: object.optional(),
      ...paging,
      ...orderBy("timestamp", "score"),
    },
    answer: listed("scores"),
    run: async ({ store, query, principal }) => (await store("observability")).listScores(argsOf(query, principal)),
  }),
  route("get /observability/scores/{scoreId}", {
    area,
    summary: "One score event",
    answer: z.object({ score: record.nullable() }),
    run: async ({ store, params }) => ({ score: await (await store("observability")).getScoreById(params.scoreId) }),
  }),
  route("post /observability/scores", {
    area,
    summary: "Adds a score event; with an id it may be repeated",
    body: z.object({ score: z.looseObject({ scoreId: text, scorerId: z.string(), score: z.number(), ...written }) }),
    answer: success,
    async run({ store, body }) {
      const score = { scoreId: crypto.randomUUID(), ...body.score, timestamp: new Date() };
      await (await store("observability")).createScore({ score: score as never });
      return { success: true };
    },
  }),
  route("delete /observability/scores", {
    area,
    summary: "Removes score events",
    body: z.object({ scoreIds: ids, ...scope }),
    answer: success,
    async run({ store, body }) {
      await (await store("observability")).deleteScores(body);
      return { success: true };
    },
  }),
  route("get /observability/feedback", {
    area,
    isBound: true,
    summary: "A page of feedback",
    query: {
      ...signalFilters,
      feedbackType: list.optional(),
      feedbackSource: text,
      feedbackUserId: text,
      reviewStatus: z.enum(reviewStatuses).optional(),
      ...paging,
      ...orderBy("timestamp"),
    },
    answer: listed("feedback"),
    run: async ({ store, query, principal }) => (await store("observability")).listFeedback(argsOf(query, principal)),
  }),
  route("post /observability/feedback", {
    area,
    summary: "Adds feedback; with an id it may be repeated",
    body: z.object({
      feedback: z.looseObject({
        feedbackId: text,
        feedbackType: z.string(),
        value: z.union([z.number(), z.string()]),
        ...written,
      }),
    }),
    answer: success,
    async run({ store, body }) {
      const feedback = { feedbackId: crypto.randomUUID(), ...body.feedback, timestamp: new Date() };
      await (await store("observability")).createFeedback({ feedback: feedback as never });
      return { success: true };
    },
  }),
  route("delete /observability/feedback", {
    area,
    summary: "Removes feedback",
    body: z.object({ feedbackIds: ids, ...scope }),
    answer: success,
    async run({ store, body }) {
      await (await store("observability")).deleteFeedback(body);
      return { success: true };
    },
  }),
  route("patch /observability/feedback/{feedbackId}/review-status", {
    area,
    summary: "Moves the review status of feedback",
    body: z.object({ reviewStatus: z.enum(reviewStatuses) }),
    answer: record,
    run: async ({ store, params, body }) =>
      (await store("observability")).updateFeedbackReviewStatus({
        feedbackId: params.feedbackId,
        reviewStatus: body.reviewStatus,
      }),
  }),
  ...olapRoutes("metrics"),
  ...olapRoutes("scores"),
  ...olapRoutes("feedback"),
  ...discoveries.map(([word, method, query]) =>
    route(`get /observability/discovery/${word}` as "get /observability/discovery/tags", {
      area,
      summary: `Distinct ${word.replaceAll("-", " ")}`,
      query,
      async run({ store, query }) {
        const domain = await store("observability");
        return (domain[method] as (args: unknown) => Promise<unknown>).call(domain, query);
      },
    }),
  ),
];
