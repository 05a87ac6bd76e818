import type { Clock } from "../../../engine/clock.ts";
import { compareText } from "../../../engine/compare.ts";
import type { Engine } from "../../../engine/engine.ts";
import { allOf, type Filter } from "../../../engine/filter.ts";
import { type Find, find } from "../../../engine/operations.ts";
import type { Table } from "../../../engine/table.ts";
import { walkPages } from "../../shared/pages.ts";
import { endOfTime } from "../branches/columns.ts";
import { traceIndex } from "../tables.ts";
import { readTraceFilters, type TraceQuery, type TraceWalk, traceFilter, traceWalk } from "../traces/filters.ts";
import { indexColumns, type QueryRow, relatedTables } from "./fields.ts";
import { instantsOf, type Predicate, queryError, type RelatedName, type Selection, type TenantScope } from "./plan.ts";
import { compileTraceTest, relatedColumns, type TraceCase } from "./predicate.ts";

/** Where a walk goes on: strictly after this trace. */
export interface After {
  readonly sortValue: number;
  readonly traceId: string;
}

export interface Order {
  readonly field: "startedAt" | "endedAt";
  readonly isDescending: boolean;
  readonly after?: After | undefined;
}

const pageSize = 500;
/** Most index rows, and most records that hang on traces, which one query looks at. */
const mostRows = 1_000_000;

/** The means of one query, and what it may use of them. */
export class QueryRun {
  readonly engine: Engine;
  private readonly clock: Clock;
  private readonly deadline: number;
  private rows = 0;

  constructor(engine: Engine, clock: Clock, timeout: number) {
    this.engine = engine;
    this.clock = clock;
    this.deadline = clock.now() + timeout;
  }

  /** @throws StorageError `TRACE_QUERY_EXECUTION_TIMEOUT`, `TRACE_QUERY_RESOURCE_LIMIT` */
  spend(rows: number): void {
    this.rows += rows;
    if (this.rows > mostRows) throw queryError("TRACE_QUERY_RESOURCE_LIMIT");
    if (this.clock.now() > this.deadline) throw queryError("TRACE_QUERY_EXECUTION_TIMEOUT");
  }
}

/**
 * Traces whose current root has ended and began in the range, with the tenant and those conditions of `where` that a path or
 * the database can take on.
 */
function populationQuery(selection: Selection, { field, isDescending, after }: Order): TraceQuery {
  const { from, to } = instantsOf(selection);
  const ends = { from: undefined as number | undefined, to: endOfTime - 1 };
  const starts = { from, to: to - 1 };
  if (after) {
    const range = field === "startedAt" ? starts : ends;
    if (isDescending) range.to = Math.min(range.to, after.sortValue);
    else range.from = Math.max(range.from ?? after.sortValue, after.sortValue);
  }
  return readTraceFilters({
    ...pushedDown(selection.where),
    ...tenant(selection.scope),
    startedAt: { start: starts.from, end: starts.to },
    ...(field === "endedAt" && { endedAt: { start: ends.from, end: ends.to } }),
  });
}

const hasEnded: Filter = { op: "notNull", column: "endedAt" };

/** The walk over those traces in the order of a field. */
export function populationWalk(selection: Selection, order: Order): TraceWalk {
  const query = populationQuery(selection, order);
  const walk = traceWalk(query, order.field);
  const filter = query.isEmpty ? nothing : allOf(walk.filter, hasEnded);
  return { ...walk, ...(filter && { filter }) };
}

/** The same traces, for a walk in another order. */
export const populationFilter = (selection: Selection): Filter => ({
  op: "and",
  args: [traceFilter(populationQuery(selection, { field: "startedAt", isDescending: false })), hasEnded],
});

const nothing: Filter = { op: "or", args: [] };

const tenant = ({ organizationId, resourceId }: TenantScope = {}) => ({
  ...(organizationId !== undefined && { organizationId }),
  ...(resourceId !== undefined && { resourceId }),
});

const pushable: ReadonlySet<string> = new Set([
  "traceId",
  "threadId",
  "resourceId",
  "entityName",
  "entityType",
  "environment",
  "status",
]);

/** Equalities that every match must fulfil. They are tested again with all the rest, so a tenant may take their place. */
function pushedDown(where: Predicate | undefined): Record<string, string> {
  const filters: Record<string, string> = {};
  const all = where?.type === "boolean" && where.operator === "and" ? where.args : where ? [where] : [];
  for (const node of all) {
    if (node.type !== "comparison" || node.operator !== "eq" || !pushable.has(node.field)) continue;
    const isStatus = node.field === "status" && node.value !== "success" && node.value !== "error";
    if (typeof node.value === "string" && !isStatus) filters[node.field] = node.value;
  }
  return filters;
}

/** The traces that match, in order: by the field, of equal times by trace id ascending, whatever the direction. */
export async function* matchingTraces(run: QueryRun, selection: Selection, order: Order): AsyncGenerator<TraceCase> {
  const match = matcher(run, selection);
  for await (const rows of orderedRows(run, selection, order)) yield* await match(rows);
}

/** Index rows in pages whose order is final. */
async function* orderedRows(run: QueryRun, selection: Selection, order: Order): AsyncGenerator<QueryRow[]> {
  const { field, isDescending, after } = order;
  const walk = find(traceIndex, {
    ...populationWalk(selection, order),
    columns: indexColumns,
    direction: isDescending ? "desc" : "asc",
  }) as unknown as Find;
  const isAfter = (row: QueryRow) =>
    !after || row[field] !== after.sortValue || compareText(row.traceId as string, after.traceId) > 0;
  let tie: QueryRow[] = [];
  const ready = () => tie.filter(isAfter).sort((a, b) => compareText(a.traceId as string, b.traceId as string));
  for await (const page of walkPages(run.engine, walk, pageSize)) {
    run.spend(page.length);
    const final: QueryRow[] = [];
    for (const row of page as unknown as QueryRow[]) {
      if (tie.length > 0 && tie[0]?.[field] !== row[field]) {
        final.push(...ready());
        tie = [];
      }
      tie.push(row);
    }
    yield final;
  }
  yield ready();
}

/** What tests a group of index rows: conditions on the trace first, then, for those that are left, on its records. */
export function matcher(
  run: QueryRun,
  { where, scope }: Selection,
): (rows: readonly QueryRow[]) => Promise<TraceCase[]> {
  const args = where?.type === "boolean" && where.operator === "and" ? where.args : where ? [where] : [];
  const isPlain = (node: Predicate) => relatedColumns(node).size === 0;
  const all = (list: readonly Predicate[]) =>
    compileTraceTest(list.length > 0 ? { type: "boolean", operator: "and", args: list } : undefined);
  const plain = all(args.filter(isPlain));
  const rest = all(args.filter((node) => !isPlain(node)));
  const wanted = relatedColumns(where);
  return async (rows) => {
    const cases = rows.map((row): TraceCase => ({ row, related: {} })).filter(plain);
    if (cases.length === 0 || wanted.size === 0) return cases;
    return (await withRelated(run, cases, wanted, scope)).filter(rest);
  };
}

/** Reads the records of the traces, of the same tenant where one is given. */
export async function withRelated(
  run: QueryRun,
  cases: readonly TraceCase[],
  wanted: ReadonlyMap<RelatedName, ReadonlySet<string>>,
  scope: TenantScope | undefined,
): Promise<TraceCase[]> {
  const traceIds = cases.map(({ row }) => row.traceId as string);
  const related = cases.map((): Partial<Record<RelatedName, QueryRow[]>> => ({}));
  const placeOf = new Map(traceIds.map((traceId, place) => [traceId, place]));
  const filter = allOf(
    ...Object.entries(tenant(scope)).map(([column, value]): Filter => ({ op: "eq", column, value: value as string })),
  );
  for (const [collection, columns] of wanted) {
    for (const entry of related) entry[collection] = [];
    const table = relatedTables[collection] as Table;
    const walk = find(table, {
      path: "byTrace" as never,
      eq: { traceId: traceIds },
      ...(filter && { filter }),
      columns: [...new Set([...table.key, ...orderColumns(table), "traceId", ...columns])],
    }) as Find;
    for await (const page of walkPages(run.engine, walk, 5000)) {
      run.spend(page.length);
      for (const row of page as unknown as QueryRow[]) {
        related[placeOf.get(row.traceId as string) as number]?.[collection]?.push(row);
      }
    }
  }
  return cases.map(({ row }, place) => ({ row, related: related[place] ?? {} }));
}

const orderColumns = (table: Table) => table.paths.byTrace?.sort ?? [];
