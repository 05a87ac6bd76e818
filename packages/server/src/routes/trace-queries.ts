import { z } from "@hono/zod-openapi";
import { narrow, type Principal } from "../access/principal.ts";
import { type Route, route } from "../api/route.ts";
import { canonicalFields } from "../trace-query/fields.ts";
import { type Owner, planAggregate, planFields, planThreads, planTraces, planValues } from "../trace-query/plan.ts";
import {
  aggregateRequest,
  fieldsRequest,
  threadsRequest,
  tracesRequest,
  valuesRequest,
} from "../trace-query/request.ts";
import { record } from "./shapes.ts";

const area = "observability";
const next = z.object({ next: z.string().nullable() });
const shared = { area, action: "read", isBound: true } as const;

const ownerOf = (principal: Principal): Owner => {
  const resourceId = narrow(principal, undefined);
  return resourceId === undefined ? {} : { resourceId };
};

/** Queries that are planned here and run by the storage. */
export const traceQueryRoutes: Route[] = [
  route("post /observability/traces/query", {
    ...shared,
    summary: "Traces that have ended and meet a condition, or the threads they belong to",
    body: tracesRequest,
    answer: z.union([z.looseObject({ traces: z.array(record) }), z.object({ groups: z.array(record), page: next })]),
    run: async ({ store, body, principal }) =>
      (await store("observability")).queryTraces(planTraces(body, ownerOf(principal))),
  }),
  route("post /observability/threads/query", {
    ...shared,
    summary: "Threads judged by their traces",
    body: threadsRequest,
    answer: z.object({ threads: z.array(z.object({ threadId: z.string() })), page: next }),
    run: async ({ store, body, principal }) =>
      (await store("observability")).queryThreads(planThreads(body, ownerOf(principal))),
  }),
  route("post /observability/traces/query/fields", {
    ...shared,
    summary: "Fields that conditions may name, with the metadata that traces of the time have",
    body: fieldsRequest,
    answer: z.object({
      canonicalFields: z.array(record),
      observedFields: z.array(record),
      observedFieldsTruncated: z.boolean(),
    }),
    async run({ store, body, principal }) {
      const observed = await (await store("observability")).getTraceQueryObservedFields(
        planFields(body, ownerOf(principal)),
      );
      return { canonicalFields: canonicalFields(body.predicateScope), ...observed };
    },
  }),
  route("post /observability/traces/query/values", {
    ...shared,
    summary: "Values of one field, the most frequent first",
    body: valuesRequest,
    answer: z.object({
      values: z.array(z.object({ value: z.string(), count: z.number() })),
      valuesTruncated: z.boolean(),
    }),
    run: async ({ store, body, principal }) =>
      (await store("observability")).getTraceQueryValues(planValues(body, ownerOf(principal))),
  }),
  route("post /stowage/traces/aggregate", {
    ...shared,
    summary: "Counts, durations and error rates of traces by groups and times",
    body: aggregateRequest,
    answer: z.object({ rows: z.array(record), truncated: z.boolean() }),
    run: async ({ store, body, principal }) =>
      (await store("observability")).aggregateTraces(planAggregate(body, ownerOf(principal))),
  }),
];
