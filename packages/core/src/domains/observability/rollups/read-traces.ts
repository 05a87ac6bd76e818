import type { Engine } from "../../../engine/engine.ts";
import { find } from "../../../engine/operations.ts";
import { readPage } from "../../shared/pages.ts";
import { spans } from "../tables.ts";
import { nodeColumns, rollUpTrace, type TraceNumbers } from "./trace.ts";

/** The numbers of traces, computed from their spans, in one round trip. A trace without spans is left out. */
export async function readTraceNumbers(
  engine: Engine,
  traceIds: readonly string[],
): Promise<Map<string, TraceNumbers>> {
  if (traceIds.length === 0) return new Map();
  const eq = { traceId: traceIds };
  const { rows } = await readPage(engine, find(spans, { path: "byTrace", eq, columns: nodeColumns }));
  const byTrace = Map.groupBy(rows, ({ traceId }) => traceId);
  return new Map([...byTrace].map(([traceId, nodes]) => [traceId, rollUpTrace(nodes)]));
}
