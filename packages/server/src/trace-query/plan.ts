import { compileCondition } from "./compile.ts";
import { bindingOf, readDelta, readKeyset } from "./cursor.ts";
import { kindOf } from "./fields.ts";
import { compileGroupCondition } from "./having.ts";
import { invalidQuery } from "./refusal.ts";
import type { AggregateRequest, FieldsRequest, ThreadsRequest, TracesRequest, ValuesRequest } from "./request.ts";

const day = 86_400_000;
const longestQuery = 31 * day;
const longestAggregate = 365 * day;

/** Whose traces a query is about: never said by the query itself. */
export interface Owner {
  resourceId?: string;
}

type TimeRange = TracesRequest["timeRange"];

function rangeOf({ from, to }: TimeRange, longest: number, at = "timeRange"): TimeRange {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  if (!(start < end)) throw invalidQuery("invalid_time_range", at, "from must be earlier than to");
  if (end - start > longest) {
    throw invalidQuery("time_range_too_large", at, `the range is ${longest / day} days at most`);
  }
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

const scopeOf = (owner: Owner) => (owner.resourceId === undefined ? {} : { scope: owner });
const whereOf = (where: TracesRequest["where"], at?: string) =>
  where ? { where: compileCondition(where, "trace", at) } : {};

/** A plan for `queryTraces`: by cursor (default), by page number, as a poll for changes, or for the threads of the traces. */
export function planTraces(request: TracesRequest, owner: Owner): object {
  const { group, page, pagination, mode, after, limit } = request;
  if (page && pagination)
    throw invalidQuery("pagination_mode_conflict", "pagination", "give either page or pagination");
  if (mode === "delta" && (page || pagination || group)) {
    throw invalidQuery("pagination_mode_conflict", "mode", "a poll has neither pages nor groups");
  }
  if (mode !== "delta" && (after !== undefined || limit !== undefined)) {
    throw invalidQuery("pagination_mode_conflict", "after", "after and limit beside the query are for a poll");
  }
  if (group && pagination) throw invalidQuery("group_pagination_not_supported", "pagination", "groups go by cursor");
  if (group && request.orderBy) {
    throw invalidQuery("group_order_not_supported", "orderBy", "groups are ordered by their thread");
  }
  const result = group ? "groups" : "traces";
  const orderBy = group
    ? { field: "threadId", direction: "asc" }
    : (request.orderBy?.[0] ?? { field: "startedAt", direction: "desc" });
  const query = {
    timeRange: rangeOf(request.timeRange, longestQuery),
    ...whereOf(request.where),
    ...scopeOf(owner),
    result,
    orderBy,
  };
  const binding = bindingOf(query);
  if (mode === "delta") {
    const deltaCursor = after === undefined ? {} : { deltaCursor: readDelta(after, binding) };
    return { ...query, paginationMode: "delta", limit: limit ?? 10, binding, ...deltaCursor };
  }
  if (pagination) {
    const { page: number = 0, perPage = 10 } = pagination;
    return { ...query, paginationMode: "page", page: number, perPage, deltaBinding: binding };
  }
  const cursor = page?.after ? { cursor: readKeyset(page.after, binding, result) } : {};
  return { ...query, paginationMode: "keyset", limit: page?.limit ?? 100, binding, ...cursor };
}

/** A plan for `queryThreads`. */
export function planThreads({ traces, where, page }: ThreadsRequest, owner: Owner): object {
  const query = {
    traces: {
      timeRange: rangeOf(traces.timeRange, longestQuery, "traces.timeRange"),
      ...whereOf(traces.where, "traces.where"),
    },
    ...(where && { where: compileCondition(where, "thread") }),
    ...scopeOf(owner),
  };
  const binding = bindingOf({ ...query, result: "threads" });
  const cursor = page?.after ? { cursor: readKeyset(page.after, binding, "threads") } : {};
  return { ...query, limit: page?.limit ?? 100, binding, ...cursor };
}

/** A plan for the fields that conditions may name beside the canonical ones. */
export function planFields({ timeRange, predicateScope, search, limit = 25 }: FieldsRequest, owner: Owner): object {
  return {
    timeRange: rangeOf(timeRange, longestQuery),
    ...scopeOf(owner),
    predicateScope,
    limit,
    ...(search !== undefined && { search }),
  };
}

/** A plan for the values that a field has. */
export function planValues({ path, ...request }: ValuesRequest, owner: Owner): object {
  const kind = kindOf(request.predicateScope, path);
  if (kind !== "string" && kind !== "list") {
    throw invalidQuery("field_not_allowed", "path", "the values of this field cannot be listed");
  }
  return { ...planFields(request, owner), path };
}

const dimensions = new Set([
  "entityType",
  "entityName",
  "environment",
  "status",
  "serviceName",
  "executionSource",
  "threadId",
  "resourceId",
  "userId",
  "sessionId",
  "organizationId",
  "experimentId",
]);
const isDimension = (name: string) => dimensions.has(name) || /^metadata\.[^.]+$/.test(name);
const measureNames = /^(count|errorCount|errorRate|duration\.(avg|min|max|p50|p90|p95|p99))$/;
const distinct = /^countDistinct\.(.+)$/;
const intervals = { "1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "1d": day } as const;
const mostBuckets = 1000;
const mostRows = 10_000;

function measureOf(name: string, at: string) {
  const field = distinct.exec(name)?.[1];
  if (field !== undefined && (field === "traceId" || isDimension(field))) return { name, field };
  if (measureNames.test(name)) return { name };
  throw invalidQuery("field_not_allowed", at, "this is no measure");
}

/** A plan for `aggregateTraces`. */
export function planAggregate(request: AggregateRequest, owner: Owner): object {
  const { interval, orderBy, limit = 100, dimensions: groups = [] } = request;
  const timeRange = rangeOf(request.timeRange, longestAggregate);
  for (const [index, name] of groups.entries()) {
    if (!isDimension(name)) throw invalidQuery("field_not_allowed", `dimensions.${index}`, "this is no dimension");
  }
  if (interval) {
    const buckets = Math.ceil((Date.parse(timeRange.to) - Date.parse(timeRange.from)) / intervals[interval]) + 1;
    if (buckets > mostBuckets) {
      throw invalidQuery("too_many_buckets", "interval", `the range has more than ${mostBuckets} buckets`);
    }
    if (buckets * limit > mostRows) {
      throw invalidQuery("too_many_rows", "limit", `buckets times limit are ${mostRows} at most`);
    }
  }
  return {
    timeRange,
    ...whereOf(request.where),
    ...scopeOf(owner),
    dimensions: groups,
    measures: request.measures.map((name, index) => measureOf(name, `measures.${index}`)),
    ...(request.having && { having: compileGroupCondition(request.having, (name, at) => measureOf(name, at).name) }),
    ...(interval && { interval }),
    ...(orderBy && { orderBy: orderOf(orderBy, groups) }),
    limit,
  };
}

function orderOf({ by, direction = "desc" }: NonNullable<AggregateRequest["orderBy"]>, groups: readonly string[]) {
  if (groups.includes(by)) return { target: "dimension", dimension: by, direction };
  return { target: "measure", measure: measureOf(by, "orderBy.by").name, direction };
}
