import { allOf, type Filter } from "../../../engine/filter.ts";
import { type Find, find, get, type Range } from "../../../engine/operations.ts";
import type { StoredRow } from "../../../engine/table.ts";
import { readPage } from "../../shared/pages.ts";
import {
  anyTime,
  isInverted,
  type MillisecondRange,
  memberConditions,
  rangeOf,
  readRange,
  refused,
  tagConditions,
  within,
} from "../conditions.ts";
import { type CheckedPage, checkList, noRows, pageOf } from "../list-args.ts";
import { type ListedPage, readOrderedPage } from "../ordered-page.ts";
import type { ListBranchesResult } from "../signals/types.ts";
import { isIdentity } from "../spans/incoming.ts";
import { toTraceSpan } from "../spans/records.ts";
import { spans } from "../tables.ts";
import { textMembers } from "../traces/filters.ts";
import type { TraceLists } from "../traces/list.ts";
import { branchSpanTypes, traceStatuses } from "../types.ts";
import { isBranchType } from "./columns.ts";

/** Conditions on the spans that anchor branches, checked. */
class BranchQuery {
  types: readonly string[] = branchSpanTypes;
  traceId: string | undefined;
  startedAt: MillisecondRange = anyTime;
  endedAt: MillisecondRange = anyTime;
  readonly residual: Filter[] = [];
  private matchesNothing = false;

  get isEmpty(): boolean {
    return this.matchesNothing || isInverted(this.startedAt) || isInverted(this.endedAt);
  }

  add(member: string, value: unknown): void {
    const column = textMembers.get(member);
    if (column !== undefined) this.addText(member, column, value);
    else if (member === "startedAt") this.startedAt = readRange(value, member);
    else if (member === "endedAt") this.endedAt = readRange(value, member);
    else if (member === "tags") this.residual.push(...tagConditions(value));
    else if (member === "metadata" || member === "scope") this.residual.push(...memberConditions(member, value));
    else if (member === "status") this.addStatus(value);
    else throw refused(member, "is no filter of this list");
  }

  private addText(member: string, column: string, value: unknown): void {
    if (value !== null && typeof value !== "string") throw refused(member, "must be a string or null");
    if (column === "spanType") {
      if (isBranchType(value)) this.types = [value as string];
      else this.matchesNothing = true;
    } else if (column === "traceId") {
      if (value !== null && isIdentity(value)) this.traceId = value;
      else this.matchesNothing = true;
    } else this.residual.push(value === null ? { op: "isNull", column } : { op: "eq", column, value });
  }

  private addStatus(value: unknown): void {
    if (!(traceStatuses as readonly unknown[]).includes(value)) {
      throw refused("status", `must be one of ${traceStatuses.join(", ")}`);
    }
    this.residual.push({ op: value === "error" ? "notNull" : "isNull", column: "error" });
    if (value !== "error") this.residual.push({ op: value === "running" ? "isNull" : "notNull", column: "endedAt" });
  }
}

/** What an order needs to know of a span. */
const placeColumns = ["traceId", "spanId", "startedAt", "branchType", "branchEnd", "branchArrival"] as const;
type Place = StoredRow<typeof spans, (typeof placeColumns)[number]>;

/** Two round trips: the places of the page, and the spans that stand there. */
export async function listBranches(lists: TraceLists, a: unknown): Promise<ListBranchesResult> {
  const { engine, deltas } = lists;
  const list = checkList(a, ["startedAt", "endedAt"]);
  const query = new BranchQuery();
  const { filters } = list;
  if (filters !== undefined && filters !== null) {
    if (typeof filters !== "object" || Array.isArray(filters)) throw refused("filters", "must be an object");
    for (const [member, value] of Object.entries(filters)) if (value !== undefined) query.add(member, value);
  }
  if (list.mode === "delta") {
    const walk = { kind: "branches", table: spans, path: "byBranchArrival", stamp: "branchArrival" };
    const { rows, ...info } = await deltas.poll(
      { ...walk, filter: filterOf(query), columns: placeColumns },
      list.after,
      list.limit,
    );
    return { branches: await whole(lists, rows as unknown as Place[]), ...info };
  }
  const cursor = deltas.beforePage("branches");
  if (query.isEmpty) return { branches: [], pagination: pageOf(list, noRows), deltaCursor: cursor([]) };
  const listed =
    query.traceId === undefined ? await pageOfAll(engine, query, list) : await pageOfTrace(engine, query, list);
  return {
    branches: await whole(lists, listed.rows),
    pagination: pageOf(list, listed),
    deltaCursor: cursor(listed.rows.flatMap(({ branchArrival }) => branchArrival ?? [])),
  };
}

type Field = "startedAt" | "endedAt";
type Places = ListedPage<typeof spans, (typeof placeColumns)[number]>;

function pageOfAll(engine: TraceLists["engine"], query: BranchQuery, list: CheckedPage<Field>): Promise<Places> {
  const { startedAt, endedAt, residual, types } = query;
  const isByEnd = list.field === "endedAt";
  const range: Range = rangeOf(isByEnd ? endedAt : startedAt);
  // A running span has no end, so no comparison matches it.
  const filter = allOf(...residual, ...within("endedAt", endedAt), ...(isByEnd ? within("startedAt", startedAt) : []));
  const walk = {
    table: spans,
    path: isByEnd ? ("byBranchEnd" as const) : ("byBranch" as const),
    eq: { branchType: types },
    columns: placeColumns,
    ...((range.lower || range.upper) && { range }),
    ...(filter && { filter }),
  };
  const { page, perPage: limit, isDescending, wantsTotal } = list;
  return readOrderedPage(engine, walk, { isDescending, offset: page * limit, limit, wantsTotal });
}

/** Within a trace the order is made here: its spans lie together, by id. */
async function pageOfTrace(
  engine: TraceLists["engine"],
  query: BranchQuery,
  list: CheckedPage<Field>,
): Promise<Places> {
  const eq = { traceId: query.traceId as string };
  const op = find(spans, { path: "byTrace", eq, filter: filterOf(query), columns: placeColumns });
  const { rows } = await readPage(engine, op as Find<typeof spans, (typeof placeColumns)[number]>);
  const sign = list.isDescending ? -1 : 1;
  const end = (row: Place) => (list.field === "endedAt" ? (row.branchEnd ?? 0) : 0);
  // Rows come in the order of their ids, and sorting keeps it where times are equal.
  rows.sort((a, b) => sign * (end(a) - end(b) || a.startedAt - b.startedAt));
  const from = list.page * list.perPage;
  const to = from + list.perPage;
  return { rows: rows.slice(from, to), total: rows.length, hasMore: to < rows.length };
}

const filterOf = (query: BranchQuery): Filter =>
  query.isEmpty
    ? { op: "or", args: [] }
    : (allOf(
        { op: "in", column: "branchType", values: query.types },
        ...(query.traceId === undefined ? [] : [{ op: "eq", column: "traceId", value: query.traceId } as const]),
        ...within("startedAt", query.startedAt),
        ...within("endedAt", query.endedAt),
        ...query.residual,
      ) as Filter);

async function whole({ engine }: TraceLists, places: readonly Place[]) {
  if (places.length === 0) return [];
  const [{ rows }] = await engine.read([
    get(
      spans,
      places.map(({ traceId, spanId }) => [traceId, spanId]),
    ),
  ]);
  // One that was deleted between the two reads is left out.
  return rows.filter((row) => row !== undefined).map(toTraceSpan);
}
