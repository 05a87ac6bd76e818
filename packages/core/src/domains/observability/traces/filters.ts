import { allOf, type Filter } from "../../../engine/filter.ts";
import type { Range } from "../../../engine/operations.ts";
import type { PathName } from "../../../engine/table.ts";
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
import { isIdentity } from "../spans/incoming.ts";
import { contextColumns, type traceIndex } from "../tables.ts";
import { traceStatuses } from "../types.ts";
import { indexText, isIndexable, pathColumns } from "./index-text.ts";

/** Conditions on index rows, checked and ready to become a walk. */
export interface TraceQuery {
  readonly traceId: string | undefined;
  /** Equality conditions that a path of the index may serve, by column. */
  readonly eq: ReadonlyMap<string, string | boolean>;
  readonly residual: readonly Filter[];
  readonly startedAt: MillisecondRange;
  readonly endedAt: MillisecondRange;
  /** Nothing can match. */
  readonly isEmpty: boolean;
}

export const textMembers: ReadonlyMap<string, string> = new Map([
  ["traceId", "traceId"],
  ["spanType", "spanType"],
  ...contextColumns.map((column) => [column, column] as const),
  ["executionSource", "source"],
]);

/**
 * Checks the filters of a trace list.
 *
 * @throws StorageError `INVALID_ARGUMENT` for an unknown member, since a mistyped tenant filter must not widen the answer, and
 * for a value of the wrong kind.
 */
export function readTraceFilters(filters: unknown): TraceQuery {
  const query = new QueryBuilder();
  if (filters !== undefined && filters !== null) {
    if (typeof filters !== "object" || Array.isArray(filters)) throw refused("filters", "must be an object");
    for (const [member, value] of Object.entries(filters)) if (value !== undefined) query.add(member, value);
  }
  return query;
}

class QueryBuilder implements TraceQuery {
  readonly eq = new Map<string, string | boolean>();
  readonly residual: Filter[] = [];
  startedAt: MillisecondRange = anyTime;
  endedAt: MillisecondRange = anyTime;
  traceId: string | undefined;
  private matchesNothing = false;

  get isEmpty(): boolean {
    return this.matchesNothing || isInverted(this.startedAt) || isInverted(this.endedAt);
  }

  add(member: string, value: unknown): void {
    const column = textMembers.get(member);
    if (column !== undefined) this.addText(member, column, value);
    else if (member === "startedAt") this.startedAt = readRange(value, member);
    else if (member === "endedAt") this.addEnd(readRange(value, member));
    else if (member === "tags") this.residual.push(...tagConditions(value));
    else if (member === "metadata" || member === "scope") this.residual.push(...memberConditions(member, value));
    else if (member === "status") this.addStatus(value);
    else if (member === "hasChildError") this.addChildError(value);
    else throw refused(member, "is no filter of this list");
  }

  private addText(member: string, column: string, value: unknown): void {
    if (value === null) {
      if (column === "traceId" || column === "spanType") this.matchesNothing = true;
      else this.residual.push({ op: "isNull", column });
      return;
    }
    if (typeof value !== "string") throw refused(member, "must be a string or null");
    if (column === "traceId") {
      this.traceId = value;
      this.matchesNothing ||= !isIdentity(value);
      return;
    }
    if (!pathColumns.has(column) || this.eq.has(column)) {
      this.residual.push({ op: "eq", column, value: pathColumns.has(column) ? indexText(value) : value });
    } else this.eq.set(column, indexText(value));
    if (pathColumns.has(column) && !isIndexable(value)) {
      this.residual.push({ op: "jsonEq", column: "long", path: [column], value: JSON.stringify(value) });
    }
  }

  private addEnd(range: MillisecondRange): void {
    this.endedAt = range;
    // A running trace has no end, so no comparison matches it.
    this.residual.push(...within("endedAt", range));
  }

  private addStatus(value: unknown): void {
    if (!(traceStatuses as readonly unknown[]).includes(value)) {
      throw refused("status", `must be one of ${traceStatuses.join(", ")}`);
    }
    this.eq.set("status", value as string);
  }

  private addChildError(value: unknown): void {
    const wanted = value === "true" ? true : value === "false" ? false : value;
    if (typeof wanted !== "boolean") throw refused("hasChildError", "must be a boolean");
    this.eq.set("hasChildError", wanted);
  }
}

/** Paths by start time with their equality columns, the most selective first. */
const startPaths: readonly (readonly [path: PathName<typeof traceIndex>, ...columns: string[]])[] = [
  ["byThread", "threadId"],
  ["byRun", "runId"],
  ["bySession", "sessionId"],
  ["byExperiment", "experimentId"],
  ["byUser", "userId"],
  ["byResource", "resourceId"],
  ["byEntityId", "entityId"],
  ["byEntityName", "entityType", "entityName"],
  ["byOrganization", "organizationId"],
  ["byChildError", "hasChildError"],
  ["byStatus", "status"],
  ["byStart"],
];

/** What a list walks: the path, and what it leaves to test on the rows. */
export interface TraceWalk {
  readonly path: PathName<typeof traceIndex>;
  readonly eq: Readonly<Record<string, string | boolean>>;
  readonly range?: Range;
  readonly filter?: Filter;
}

/** The cheapest path that gives the order asked for. */
export function traceWalk(query: TraceQuery, field: "startedAt" | "endedAt"): TraceWalk {
  if (query.traceId !== undefined) return singleTraceWalk(query, query.traceId);
  if (field === "endedAt") {
    return walkOf("byEnd", {}, rangeOf(query.endedAt), [
      ...query.residual,
      ...[...query.eq].map(equality),
      ...within("startedAt", query.startedAt),
    ]);
  }
  const [path, ...columns] = startPaths.find(([, ...needed]) =>
    needed.every((column) => query.eq.has(column)),
  ) as (typeof startPaths)[number];
  const eq = Object.fromEntries([...query.eq].filter(([column]) => columns.includes(column)));
  const rest = [...query.eq].filter(([column]) => !columns.includes(column));
  return walkOf(path, eq, rangeOf(query.startedAt), [...query.residual, ...rest.map(equality)]);
}

/** All conditions at once, for walks in another order. */
export function traceFilter(query: TraceQuery): Filter {
  const all = allOf(
    { op: "notNull", column: "rootSpanId" },
    ...(query.traceId === undefined ? [] : [equality(["traceId", query.traceId])]),
    ...(query.isEmpty ? [nothing] : []),
    ...query.residual,
    ...[...query.eq].map(equality),
    ...within("startedAt", query.startedAt),
  );
  return all as Filter;
}

const nothing: Filter = { op: "or", args: [] };

/** One trace is found by its key; there, unlike on the other paths, it may have no root. */
function singleTraceWalk(query: TraceQuery, traceId: string): TraceWalk {
  const bound = { at: [traceId], inclusive: true };
  return walkOf("all", {}, { lower: bound, upper: bound }, [
    { op: "notNull", column: "rootSpanId" },
    ...query.residual,
    ...[...query.eq].map(equality),
    ...within("startedAt", query.startedAt),
  ]);
}

function walkOf(path: TraceWalk["path"], eq: TraceWalk["eq"], range: Range, residual: readonly Filter[]): TraceWalk {
  const filter = allOf(...residual);
  return { path, eq, ...((range.lower || range.upper) && { range }), ...(filter && { filter }) };
}

const equality = ([column, value]: readonly [string, string | boolean]): Filter => ({ op: "eq", column, value });
