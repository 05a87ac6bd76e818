import type { Engine } from "../../../engine/engine.ts";
import { aggregate, find } from "../../../engine/operations.ts";
import { invalid } from "../../../errors.ts";
import { completePage } from "../../shared/pages.ts";
import { callTypes } from "../rollups/trace.ts";
import { spans } from "../tables.ts";
import type { ModelCall, TraceModelCalls } from "../types.ts";
import { lookedUp } from "./read.ts";

const mostTraces = 100;
const columns = ["traceId", "spanId", "parentSpanId", "spanType", "startedAt", "attributes"] as const;

/** One round trip, whatever the number of traces; no payload is read. */
export async function readModelCalls(engine: Engine, a: unknown): Promise<{ traces: TraceModelCalls[] }> {
  const { traceIds } = (a ?? {}) as { traceIds?: unknown };
  if (!Array.isArray(traceIds) || traceIds.length > mostTraces) {
    throw invalid(`traceIds must be a list of at most ${mostTraces}`, "INVALID_ARGUMENT", { path: "traceIds" });
  }
  const given = traceIds.map((traceId, index) => lookedUp(traceId, `traceIds[${index}]`));
  const wanted = [...new Set(given)].filter((traceId) => traceId !== undefined);
  if (wanted.length === 0) return { traces: [] };
  const path = { path: "byTrace", eq: { traceId: wanted } } as const;
  const walk = find(spans, { ...path, columns, filter: { op: "in", column: "spanType", values: [...callTypes] } });
  const counts = aggregate(spans, { ...path, groupBy: [{ column: "traceId" }], measures: { spans: { fn: "count" } } });
  const [first, { groups }] = await engine.read([walk, counts]);
  const { rows } = await completePage(engine, walk, first);
  const traces = new Map(
    groups.map(({ group, values }): [string, TraceModelCalls] => {
      const traceId = group[0] as string;
      return [traceId, { traceId, spanCount: values.spans as number, calls: [] }];
    }),
  );
  for (const { traceId, spanId, parentSpanId, spanType, startedAt, attributes } of rows) {
    const call: ModelCall = {
      spanId,
      parentSpanId,
      spanType,
      startedAt: new Date(startedAt),
      attributes: attributes === null ? null : (JSON.parse(attributes) as Record<string, unknown>),
    };
    traces.get(traceId)?.calls.push(call);
  }
  return { traces: wanted.flatMap((traceId) => traces.get(traceId) ?? []) };
}
