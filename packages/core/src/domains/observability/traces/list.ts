import type { Engine } from "../../../engine/engine.ts";
import { get } from "../../../engine/operations.ts";
import type { ColumnName, StoredRow } from "../../../engine/table.ts";
import { refused } from "../conditions.ts";
import type { Deltas } from "../delta/deltas.ts";
import { type CheckedList, checkList, noRows, pageOf } from "../list-args.ts";
import { readOrderedPage } from "../ordered-page.ts";
import { rollupsOf } from "../rollups/of-traces.ts";
import type { TraceRollup } from "../rollups/types.ts";
import { lightIndexColumns, toLightRoot, toTraceContext, toTraceSpan, traceContextColumns } from "../spans/records.ts";
import { spans, traceIndex } from "../tables.ts";
import type { ListInfo, ListTracesLightResult, ListTracesResult } from "../types.ts";
import { readTraceFilters, type TraceQuery, traceFilter, traceWalk } from "./filters.ts";
import type { IndexBuilder } from "./index-builder.ts";

/** What lists of traces stand on. */
export interface TraceLists {
  readonly engine: Engine;
  readonly builder: IndexBuilder;
  readonly deltas: Deltas;
}

type TraceList = CheckedList<"startedAt" | "endedAt"> & {
  readonly query: TraceQuery;
  readonly hasRollups: boolean;
  readonly hasContext: boolean;
};

function checkTraceList(a: unknown): TraceList {
  const isObject = typeof a === "object" && a !== null;
  const { rollup, context, ...rest } = (isObject ? a : {}) as { rollup?: unknown; context?: unknown };
  for (const [name, value] of Object.entries({ rollup, context })) {
    if (value !== undefined && typeof value !== "boolean") throw refused(name, "must be a boolean");
  }
  const list = checkList(isObject ? rest : a, ["startedAt", "endedAt"]);
  return {
    ...list,
    query: readTraceFilters(list.filters),
    hasRollups: rollup === true,
    hasContext: context === true,
  };
}

/** Two round trips: the rows of the index, and the roots they name. */
export async function listTraces(lists: TraceLists, a: unknown): Promise<ListTracesResult> {
  const list = checkTraceList(a);
  const { rows, info } = await readIndexRows(lists, list, [
    "traceId",
    "rootSpanId",
    "startedAt",
    "endOrder",
    "arrival",
  ]);
  if (rows.length === 0) return { spans: [], ...info };
  const keys = rows.map(({ traceId, rootSpanId }) => [traceId, rootSpanId as string]);
  const [roots] = await lists.engine.read([get(spans, keys)]);
  // A root that was deleted between the two reads is left out.
  const found = roots.rows.filter((row) => row !== undefined);
  return { spans: await withRollups(lists, list, found.map(toTraceSpan)), ...info };
}

/** One round trip: the index rows hold all that a light record shows. */
export async function listTracesLight(lists: TraceLists, a: unknown): Promise<ListTracesLightResult> {
  const list = checkTraceList(a);
  if (!list.hasContext) {
    const { rows, info } = await readIndexRows(lists, list, lightIndexColumns);
    return { spans: await withRollups(lists, list, rows.map(toLightRoot)), ...info };
  }
  const { rows, info } = await readIndexRows(lists, list, [...lightIndexColumns, ...traceContextColumns]);
  const roots = rows.map((row) => ({ ...toLightRoot(row), context: toTraceContext(row) }));
  return { spans: await withRollups(lists, list, roots), ...info };
}

async function withRollups<Root extends { traceId: string; rollup?: TraceRollup }>(
  { engine }: TraceLists,
  { hasRollups }: TraceList,
  roots: Root[],
): Promise<Root[]> {
  if (!hasRollups) return roots;
  const rollups = await rollupsOf(
    engine,
    roots.map(({ traceId }) => traceId),
  );
  for (const root of roots) {
    const rollup = rollups.get(root.traceId);
    if (rollup) root.rollup = rollup;
  }
  return roots;
}

/** The rows of the page or poll, and what goes beside them. */
async function readIndexRows<const K extends ColumnName<typeof traceIndex>>(
  { engine, builder, deltas }: TraceLists,
  list: TraceList,
  columns: readonly K[],
): Promise<{ rows: StoredRow<typeof traceIndex, K>[]; info: ListInfo }> {
  await builder.complete();
  if (list.mode === "delta") {
    const filter = traceFilter(list.query);
    const walk = { kind: "traces", table: traceIndex, path: "byArrival", stamp: "arrival", filter, columns };
    const { rows, ...info } = await deltas.poll(walk, list.after, list.limit);
    return { rows: rows as unknown as StoredRow<typeof traceIndex, K>[], info };
  }
  const cursor = deltas.beforePage("traces");
  if (list.query.isEmpty) return { rows: [], info: { pagination: pageOf(list, noRows), deltaCursor: cursor([]) } };
  const walk = { table: traceIndex, ...traceWalk(list.query, list.field), columns };
  const { page, perPage: limit, isDescending, wantsTotal } = list;
  const listed = await readOrderedPage(engine, walk, { isDescending, offset: page * limit, limit, wantsTotal });
  const { rows } = listed;
  const stamps = rows.flatMap((row) => (row as unknown as { arrival: number | null }).arrival ?? []);
  return { rows, info: { pagination: pageOf(list, listed), deltaCursor: cursor(stamps) } };
}
