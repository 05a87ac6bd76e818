import { compareText } from "../../../engine/compare.ts";
import { count } from "../../../engine/operations.ts";
import type { Deltas } from "../delta/deltas.ts";
import { traceIndex } from "../tables.ts";
import { adapterName, deltaCursor, pageCursor } from "./cursor.ts";
import { fieldValue, indexColumns, type QueryRow } from "./fields.ts";
import { planOf, queryError, type TraceQueryPlan } from "./plan.ts";
import { matcher, matchingTraces, type Order, populationFilter, populationWalk, type QueryRun } from "./population.ts";

const pollKind = "tracequery";

/** Answers a plan for traces, page by page or as a poll, or for the threads they belong to. */
export async function queryTraces(run: QueryRun, deltas: Deltas, given: unknown): Promise<object> {
  const plan = planOf(given) as unknown as TraceQueryPlan;
  if (plan.paginationMode === "delta") return pollTraces(run, deltas, plan);
  if (plan.result === "groups") return groupThreads(run, plan);
  return plan.paginationMode === "page" ? pageOfTraces(run, deltas, plan) : tracesAfter(run, plan);
}

function orderOf({ orderBy, cursor }: TraceQueryPlan): Order {
  const field = orderBy.field === "endedAt" ? "endedAt" : "startedAt";
  const isDescending = orderBy.direction === "desc";
  if (cursor?.sortValue === undefined) return { field, isDescending };
  const sortValue = Date.parse(cursor.sortValue);
  if (Number.isNaN(sortValue) || typeof cursor.traceId !== "string") throw queryError("TRACE_QUERY_CURSOR_MALFORMED");
  return { field, isDescending, after: { sortValue, traceId: cursor.traceId } };
}

async function tracesAfter(run: QueryRun, plan: TraceQueryPlan): Promise<object> {
  const order = orderOf(plan);
  const limit = plan.limit ?? 100;
  const traces: QueryRow[] = [];
  let next: string | null = null;
  for await (const { row } of matchingTraces(run, plan, order)) {
    const last = traces[limit - 1];
    if (last) {
      const sortValue = new Date(last[order.field] as number).toISOString();
      next = pageCursor(plan.binding, { result: "traces", sortValue, traceId: last.traceId });
      break;
    }
    traces.push(row);
  }
  return { traces: traces.map(toResult), page: { next } };
}

async function pageOfTraces(run: QueryRun, deltas: Deltas, plan: TraceQueryPlan): Promise<object> {
  const order = orderOf(plan);
  const { page = 0, perPage = 10 } = plan;
  const cursor = deltas.beforePage(pollKind);
  // Without further conditions the database counts, and what lies behind the page need not be looked at.
  let counted: number | undefined;
  if (!plan.where) [{ count: counted }] = await run.engine.read([count(traceIndex, populationWalk(plan, order))]);
  const found: QueryRow[] = [];
  let total = 0;
  for await (const { row } of matchingTraces(run, plan, order)) {
    if (total >= page * perPage && found.length < perPage) found.push(row);
    total++;
    if (counted !== undefined && total >= (page + 1) * perPage) break;
  }
  total = counted ?? total;
  const stamps = found.flatMap(({ arrival }) => (typeof arrival === "number" ? arrival : []));
  return {
    traces: found.map(toResult),
    pagination: { total, page, perPage, hasMore: (page + 1) * perPage < total },
    ...(plan.deltaBinding !== undefined && { deltaCursor: deltaCursor(plan.deltaBinding, cursor(stamps)) }),
  };
}

/** Those that match among what has changed; a poll may bring fewer than there is room for and still have more. */
async function pollTraces(run: QueryRun, deltas: Deltas, plan: TraceQueryPlan): Promise<object> {
  const { limit = 10, deltaCursor: after } = plan;
  if (after && after.adapter !== adapterName) throw queryError("TRACE_QUERY_CURSOR_CONFLICT");
  const filter = populationFilter(plan);
  const walk = {
    kind: pollKind,
    table: traceIndex,
    path: "byArrival",
    stamp: "arrival",
    filter,
    columns: indexColumns,
  };
  const { rows, delta, deltaCursor: watermark } = await deltas.poll(walk, watermarkOf(after), limit);
  const cases = await matcher(run, plan)(rows);
  return {
    traces: cases.map(({ row }) => toResult(row)),
    delta,
    deltaCursor: deltaCursor(plan.binding, watermark),
  };
}

function watermarkOf(after: TraceQueryPlan["deltaCursor"]): string | undefined {
  if (!after) return undefined;
  if (!after.watermark.startsWith(`1~${pollKind}~`)) throw queryError("TRACE_QUERY_CURSOR_MALFORMED");
  return after.watermark;
}

async function groupThreads(run: QueryRun, plan: TraceQueryPlan): Promise<object> {
  const threadIds = new Set<string>();
  const order = { field: "startedAt", isDescending: true } as const;
  for await (const { row } of matchingTraces(run, plan, order)) {
    const threadId = fieldValue("trace", row, "threadId");
    if (typeof threadId === "string") threadIds.add(threadId);
  }
  const { threads, next } = threadPage([...threadIds], plan, "groups");
  return { groups: threads, page: { next } };
}

/** A page of threads, ascending by code point. */
export function threadPage(
  threadIds: readonly string[],
  { cursor, limit = 100, binding }: Pick<TraceQueryPlan, "cursor" | "limit" | "binding">,
  result: "groups" | "threads",
): { threads: { threadId: string }[]; next: string | null } {
  const after = cursor?.threadId;
  const ordered = threadIds.filter((id) => after === undefined || compareText(id, after) > 0).sort(compareText);
  const page = ordered.slice(0, limit);
  const next = ordered.length > limit ? pageCursor(binding, { result, threadId: page.at(-1) }) : null;
  return { threads: page.map((threadId) => ({ threadId })), next };
}

/** A trace as results show it. */
function toResult(row: QueryRow): object {
  const text = (field: string) => fieldValue("trace", row, field);
  const instant = (column: string) => new Date(row[column] as number).toISOString();
  const metadata: unknown = row.metadata === null ? null : JSON.parse(row.metadata as string);
  return {
    traceId: row.traceId,
    rootSpanId: row.rootSpanId,
    name: row.name,
    entityId: text("entityId"),
    parentSpanId: row.parentSpanId,
    createdAt: instant("createdAt"),
    metadata: typeof metadata === "object" && !Array.isArray(metadata) ? metadata : null,
    inputPreview: row.inputPreview,
    threadId: text("threadId"),
    resourceId: text("resourceId"),
    startedAt: instant("startedAt"),
    endedAt: instant("endedAt"),
    entityName: text("entityName"),
    entityType: text("entityType"),
    environment: text("environment"),
    status: row.status,
  };
}
