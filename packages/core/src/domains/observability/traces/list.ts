import type { Engine } from "../../../engine/engine.ts";
import { get } from "../../../engine/operations.ts";
import type { ColumnName, StoredRow } from "../../../engine/table.ts";
import { type CheckedList, checkList, pageOf } from "../list-args.ts";
import { readOrderedPage } from "../ordered-page.ts";
import { lightIndexColumns, toLightRoot, toTraceSpan } from "../spans/records.ts";
import { spans, traceIndex } from "../tables.ts";
import type { ListTracesLightResult, ListTracesResult } from "../types.ts";
import { readTraceFilters, type TraceQuery, traceWalk } from "./filters.ts";
import type { IndexBuilder } from "./index-builder.ts";

interface TraceList extends CheckedList<"startedAt" | "endedAt"> {
  readonly query: TraceQuery;
}

function checkTraceList(a: unknown): TraceList {
  const list = checkList(a, ["startedAt", "endedAt"]);
  return { ...list, query: readTraceFilters(list.filters) };
}

/** Two round trips: the page of the index, and the roots it names. */
export async function listTraces(engine: Engine, builder: IndexBuilder, a: unknown): Promise<ListTracesResult> {
  const list = checkTraceList(a);
  const { rows, total } = await readIndexPage(engine, builder, list, [
    "traceId",
    "rootSpanId",
    "startedAt",
    "endOrder",
  ]);
  if (rows.length === 0) return { spans: [], pagination: pageOf(list, total) };
  const keys = rows.map(({ traceId, rootSpanId }) => [traceId, rootSpanId as string]);
  const [roots] = await engine.read([get(spans, keys)]);
  // A root that was deleted between the two reads is left out.
  const found = roots.rows.filter((row) => row !== undefined);
  return { spans: found.map(toTraceSpan), pagination: pageOf(list, total) };
}

/** One round trip: the index rows hold all that a light record shows. */
export async function listTracesLight(
  engine: Engine,
  builder: IndexBuilder,
  a: unknown,
): Promise<ListTracesLightResult> {
  const list = checkTraceList(a);
  const { rows, total } = await readIndexPage(engine, builder, list, lightIndexColumns);
  return { spans: rows.map(toLightRoot), pagination: pageOf(list, total) };
}

async function readIndexPage<const K extends ColumnName<typeof traceIndex>>(
  engine: Engine,
  builder: IndexBuilder,
  list: TraceList,
  columns: readonly K[],
): Promise<{ rows: StoredRow<typeof traceIndex, K>[]; total: number }> {
  if (list.query.isEmpty) return { rows: [], total: 0 };
  await builder.complete();
  const walk = { table: traceIndex, ...traceWalk(list.query, list.field), columns };
  return readOrderedPage(engine, walk, list.isDescending, list.page * list.perPage, list.perPage);
}
