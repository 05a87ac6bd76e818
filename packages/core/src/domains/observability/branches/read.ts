import type { Engine } from "../../../engine/engine.ts";
import { find, get } from "../../../engine/operations.ts";
import { readPage } from "../../shared/pages.ts";
import { refused } from "../conditions.ts";
import { compareSpans } from "../spans/order.ts";
import { toSpan } from "../spans/records.ts";
import { spans } from "../tables.ts";
import { lookedUp } from "../traces/read.ts";
import type { SpanRecord } from "../types.ts";

/** A span and what hangs on it: the shape of the trace first, then only the payloads that are wanted. Two round trips. */
export async function readBranch(engine: Engine, a: unknown): Promise<{ traceId: string; spans: SpanRecord[] } | null> {
  const args = (a ?? {}) as Record<string, unknown>;
  const traceId = lookedUp(args.traceId, "traceId");
  const spanId = lookedUp(args.spanId, "spanId");
  const { depth = Number.POSITIVE_INFINITY } = args as { depth?: number };
  if (depth !== Number.POSITIVE_INFINITY && (!Number.isInteger(depth) || depth < 0)) {
    throw refused("depth", "must be a whole number of at least 0");
  }
  if (traceId === undefined || spanId === undefined) return null;
  const shape = find(spans, { path: "byTrace", eq: { traceId }, columns: ["spanId", "parentSpanId"] });
  const wanted = depth === 0 ? [spanId] : branchIds((await readPage(engine, shape)).rows, spanId, depth);
  if (wanted.length === 0) return null;
  const [{ rows }] = await engine.read([
    get(
      spans,
      wanted.map((id) => [traceId, id]),
    ),
  ]);
  const [anchor, ...rest] = rows;
  if (!anchor) return null;
  const below = rest.filter((row) => row !== undefined).sort(compareSpans);
  return { traceId, spans: [anchor, ...below].map(toSpan) };
}

/** The ids of a branch, its anchor first; none when the anchor is not there. Each is visited once, so that a circle ends. */
function branchIds(
  shape: readonly { readonly spanId: string; readonly parentSpanId: string | null }[],
  anchor: string,
  depth: number,
): string[] {
  if (!shape.some(({ spanId }) => spanId === anchor)) return [];
  const children = Map.groupBy(shape, ({ parentSpanId }) => parentSpanId);
  const visited = new Set([anchor]);
  let level = [anchor];
  for (let down = 0; down < depth && level.length > 0; down++) {
    const next = level.flatMap((id) => (children.get(id) ?? []).map(({ spanId }) => spanId));
    level = [...new Set(next)].filter((id) => !visited.has(id));
    for (const id of level) visited.add(id);
  }
  return [...visited];
}
