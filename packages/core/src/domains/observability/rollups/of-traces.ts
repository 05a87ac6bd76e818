import type { Engine } from "../../../engine/engine.ts";
import { refused } from "../conditions.ts";
import { isIdentity } from "../spans/incoming.ts";
import { readTraceNumbers } from "./read-traces.ts";
import { CallTally } from "./slot.ts";
import type { TraceNumbers } from "./trace.ts";
import type { TraceRollup } from "./types.ts";

/** The numbers of the named traces that exist, each once, in the order of the names. @throws StorageError `INVALID_ARGUMENT` */
export async function readTraceRollups(engine: Engine, a: unknown): Promise<{ rollups: TraceRollup[] }> {
  const { traceIds } = (a ?? {}) as { traceIds?: unknown };
  if (!Array.isArray(traceIds) || traceIds.some((traceId) => typeof traceId !== "string")) {
    throw refused("traceIds", "must be a list of strings");
  }
  const rollups = await rollupsOf(engine, [...new Set(traceIds as string[])].filter(isIdentity));
  return { rollups: [...rollups.values()] };
}

/** The numbers of traces by id. Some at a time: a trace may have many spans. */
export async function rollupsOf(engine: Engine, traceIds: readonly string[]): Promise<Map<string, TraceRollup>> {
  const rollups = new Map<string, TraceRollup>();
  for (let from = 0; from < traceIds.length; from += 100) {
    const some = traceIds.slice(from, from + 100);
    const numbers = await readTraceNumbers(engine, some);
    for (const traceId of some) {
      const found = numbers.get(traceId);
      if (found) rollups.set(traceId, toRollup(traceId, found));
    }
  }
  return rollups;
}

function toRollup(traceId: string, { spans, errors, firstTokenMs, models }: TraceNumbers): TraceRollup {
  const all = new CallTally();
  const parts = models.map(({ durations: _durations, ...calls }) => {
    const { provider: _provider, model: _model, ...sums } = calls;
    all.add(sums, []);
    return calls;
  });
  return { traceId, spans, errors, firstTokenMs, ...all.sums, models: parts };
}
