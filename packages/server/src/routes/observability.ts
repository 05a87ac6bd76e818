import { z } from "@hono/zod-openapi";
import type { ListTracesArgs, ObservabilityStorage, SpanRecord } from "@stowage/core";
import { narrow, type Principal, requireOwner } from "../access/principal.ts";
import { badRequest, notFound } from "../api/errors.ts";
import { count, flag, list, object, orderBy, page, range } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { callUsages, usageRow } from "../operations/trace-usage.ts";
import { needsRuntime } from "./needs-runtime.ts";
import { pagination, record, success, words } from "./shapes.ts";

const area = "observability";
const text = z.string().optional();

/** Text fields that every list of this domain filters on. */
export const contextNames = [
  "traceId",
  "entityType",
  "entityId",
  "entityName",
  "entityVersionId",
  "parentEntityType",
  "parentEntityId",
  "parentEntityName",
  "parentEntityVersionId",
  "rootEntityType",
  "rootEntityId",
  "rootEntityName",
  "rootEntityVersionId",
  "userId",
  "organizationId",
  "resourceId",
  "runId",
  "sessionId",
  "threadId",
  "requestId",
  "environment",
  "serviceName",
  "experimentId",
  "source",
] as const;
type ContextName = (typeof contextNames)[number];
export const contextFilters = Object.fromEntries(contextNames.map((name) => [name, text])) as Record<
  ContextName,
  typeof text
>;

/** How every list of this domain is paged. */
export const paging = {
  ...page,
  includeTotal: flag.optional(),
  mode: z.enum(["page", "delta"]).optional(),
  after: text,
  limit: count.optional(),
};

const traceFilters = {
  ...contextFilters,
  spanType: text,
  startedAt: range.optional(),
  endedAt: range.optional(),
  tags: list.optional(),
  metadata: object.optional(),
  scope: object.optional(),
  status: z.enum(["success", "error", "running"]).optional(),
  hasChildError: flag.optional(),
  name: text,
  dateRange: range.optional(),
};
const traceQuery = { ...traceFilters, ...paging, ...orderBy("startedAt", "endedAt") };
type TraceQuery = z.output<z.ZodObject<typeof traceQuery>>;

/** The parts of a list's arguments that are no filters, in the shape the domain takes. */
export function listingOf(query: {
  page?: number;
  perPage?: number;
  mode?: "page" | "delta";
  after?: string;
  limit?: number;
  orderBy?: unknown;
  includeTotal?: boolean;
}) {
  const { page = 0, perPage = 10, mode, after, limit, orderBy, includeTotal } = query;
  if (mode === "delta") return { mode, after, limit };
  return { mode, pagination: { page, perPage: Math.min(perPage, 100) }, orderBy, includeTotal };
}

const legacyName = /^(agent|workflow) run: '(.*)'$/;

function argsOf(query: TraceQuery, principal: Principal): ListTracesArgs {
  const {
    page: _page,
    perPage: _perPage,
    mode: _mode,
    after: _after,
    limit: _limit,
    orderBy: _orderBy,
    includeTotal: _includeTotal,
    name,
    dateRange,
    ...given
  } = query;
  const filters: Record<string, unknown> = { ...given, resourceId: narrow(principal, query.resourceId) };
  if (dateRange) filters.startedAt ??= dateRange;
  // The old list asked by the name of the root span.
  const [, kind, entityId] = legacyName.exec(name ?? "") ?? [];
  if (kind) Object.assign(filters, { entityId, entityType: kind === "workflow" ? "workflow_run" : kind });
  if (filters.entityType === "workflow") filters.entityType = "workflow_run";
  const present = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
  return { ...listingOf(query), filters: present } as ListTracesArgs;
}

const span = z.looseObject({ traceId: z.string(), spanId: z.string() });
const spans = z.looseObject({ spans: z.array(span), pagination: pagination.optional() });
const trace = z.object({ traceId: z.string(), spans: z.array(span) });

/** Refuses a trace of another owner. The owner of a trace is that of its root, or of all its spans while it has none. */
export async function requireTrace(domain: ObservabilityStorage, principal: Principal, traceId: string): Promise<void> {
  if (principal.resources === "*") return;
  const root = await domain.getRootSpan({ traceId });
  const owners: Pick<SpanRecord, "resourceId">[] = root
    ? [root.span]
    : ((await domain.getTrace({ traceId }))?.spans ?? []);
  if (owners.length === 0) throw notFound("the trace was");
  for (const { resourceId } of owners) requireOwner(principal, resourceId);
}

function found<T>(value: T | null, what: string): T {
  if (value === null) throw notFound(`the ${what} was`);
  return value;
}

export const observabilityRoutes: Route[] = [
  route("get /observability/traces", {
    area,
    isBound: true,
    summary: "A page of traces, each as its root span",
    query: traceQuery,
    answer: spans,
    run: async ({ store, query, principal }) => (await store("observability")).listTraces(argsOf(query, principal)),
  }),
  route("get /observability/traces/light", {
    area,
    isBound: true,
    summary: "A page of traces without payloads",
    query: traceQuery,
    answer: spans,
    run: async ({ store, query, principal }) =>
      (await store("observability")).listTracesLight(argsOf(query, principal)),
  }),
  route("get /observability/branches", {
    area,
    isBound: true,
    summary: "A page of named inner spans",
    query: traceQuery,
    answer: z.looseObject({ branches: z.array(span) }),
    run: async ({ store, query, principal }) => (await store("observability")).listBranches(argsOf(query, principal)),
  }),
  route("get /observability/traces/{traceId}", {
    area,
    isBound: true,
    summary: "A trace with all its spans",
    answer: trace,
    async run({ store, params, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      return found(await domain.getTrace(params), "trace");
    },
  }),
  route("get /observability/traces/{traceId}/light", {
    area,
    isBound: true,
    summary: "A trace without payloads",
    answer: trace,
    async run({ store, params, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      return found(await domain.getStructure(params), "trace");
    },
  }),
  route("get /observability/traces/{traceId}/trajectory", {
    area,
    isBound: true,
    summary: "Steps of a trace in the order in which they began",
    answer: z.looseObject({ steps: z.array(record) }),
    async run({ store, params, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      return trajectoryOf(found(await domain.getTrace(params), "trace").spans);
    },
  }),
  route("get /observability/traces/{traceId}/spans/{spanId}", {
    area,
    isBound: true,
    summary: "One span",
    answer: z.object({ span }),
    async run({ store, params, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      return found(await domain.getSpan(params), "span");
    },
  }),
  route("get /observability/traces/{traceId}/branches/{spanId}", {
    area,
    isBound: true,
    summary: "A span and what is below it",
    query: { depth: count.optional() },
    answer: trace,
    async run({ store, params, query, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      return found(await domain.getBranch({ ...params, depth: query.depth }), "span");
    },
  }),
  route("get /observability/traces/{traceId}/{spanId}/scores", {
    area,
    summary: "Scores of a span",
    query: page,
    answer: z.object({ pagination, scores: z.array(record) }),
    async run({ store, params, query }) {
      const { page = 0, perPage = 10 } = query;
      return (await store("scores")).listScoresBySpan({ ...params, pagination: { page, perPage } });
    },
  }),
  route("get /stowage/traces", {
    area,
    isBound: true,
    isStrict: true,
    summary: "A page of traces without payloads, each with where it belongs",
    query: traceQuery,
    answer: spans,
    run: async ({ store, query, principal }) =>
      (await store("observability")).listTracesLight({ ...argsOf(query, principal), context: true }),
  }),
  route("get /stowage/traces/usage", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Spans, models, tokens, cost and first token of at most 100 traces, from their rollups",
    query: { traceIds: list },
    answer: z.object({ traces: z.array(z.looseObject({ traceId: z.string(), spanCount: z.number() })) }),
    async run({ store, query: { traceIds }, principal }) {
      if (traceIds.length > 100) throw badRequest("traceIds may name at most 100 traces");
      const domain = await store("observability");
      await Promise.all(traceIds.map((traceId) => requireTrace(domain, principal, traceId)));
      const { rollups } = await domain.getTraceRollups({ traceIds });
      return { traces: rollups.map(usageRow) };
    },
  }),
  route("get /stowage/traces/{traceId}/calls", {
    area,
    isBound: true,
    isStrict: true,
    summary: "What each call of a model in a trace used and cost",
    answer: z.object({ calls: z.array(z.looseObject({ spanId: z.string() })) }),
    async run({ store, params, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      const { traces } = await domain.getModelCalls({ traceIds: [params.traceId] });
      return { calls: callUsages(found(traces[0] ?? null, "trace").calls) };
    },
  }),
  route("get /stowage/traces/{traceId}/otlp", {
    area,
    isBound: true,
    isStrict: true,
    summary: "A trace as a request of OTLP/JSON: what came by OTLP as it came, other spans by the GenAI conventions",
    query: { includeRunning: flag.optional() },
    answer: z.object({ resourceSpans: z.array(record) }),
    async run({ store, params, query, principal }) {
      const domain = await store("observability");
      await requireTrace(domain, principal, params.traceId);
      const { includeRunning = false } = query;
      const exported = await domain.exportOtlpTraces({ traceIds: [params.traceId], includeRunning });
      return found(exported.resourceSpans.length > 0 ? exported : null, "trace");
    },
  }),
  route("post /observability/traces/delete", {
    area,
    action: "delete",
    isBound: true,
    summary: "Removes traces with the signals that refer to them",
    body: z.object({ traceIds: words, organizationId: text, resourceId: text }),
    answer: success,
    async run({ store, body, principal }) {
      const { traceIds, organizationId } = body;
      const resourceId = narrow(principal, body.resourceId);
      await (await store("observability")).batchDeleteTraces({ traceIds, organizationId, resourceId });
      return { success: true };
    },
  }),
  ...needsRuntime(area, ["post /observability/traces/score"]),
];

const stepTypes: Record<string, string> = {
  tool_call: "tool_call",
  mcp_tool_call: "mcp_tool_call",
  model_generation: "model_generation",
  agent_run: "agent_run",
  workflow_run: "workflow_run",
  workflow_step: "workflow_step",
  processor_run: "processor_run",
};

function trajectoryOf(all: SpanRecord[]) {
  const root = all.findLast(({ parentSpanId }) => parentSpanId === null);
  const steps = all
    .filter((entry) => entry !== root && stepTypes[entry.spanType])
    .map((entry) => ({
      name: entry.entityName ?? entry.name,
      stepType: stepTypes[entry.spanType],
      durationMs: entry.endedAt ? entry.endedAt.getTime() - entry.startedAt.getTime() : undefined,
      ...(entry.spanType.endsWith("tool_call")
        ? { toolArgs: entry.input ?? undefined, toolResult: entry.output ?? undefined, success: entry.error === null }
        : { output: entry.output ?? undefined }),
    }));
  const totalDurationMs = root?.endedAt ? root.endedAt.getTime() - root.startedAt.getTime() : undefined;
  return { steps, totalDurationMs, rawOutput: root?.output ?? undefined };
}
