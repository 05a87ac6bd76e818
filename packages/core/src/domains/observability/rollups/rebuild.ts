import type { Engine } from "../../../engine/engine.ts";
import { modifyBy } from "../../../engine/modify.ts";
import { find, patch } from "../../../engine/operations.ts";
import { cutAtomically } from "../../shared/batches.ts";
import { readPage, walkPages } from "../../shared/pages.ts";
import { readInstant } from "../../shared/values.ts";
import { refused } from "../conditions.ts";
import { spans, traceIndex } from "../tables.ts";
import type { RollupKeeper } from "./keeper.ts";
import { slotLength, slotOf } from "./marks.ts";
import { rollups } from "./tables.ts";
import type { RebuildResult } from "./types.ts";
import { usageText } from "./usage.ts";

/** Traces whose attributes are read together. */
const tracesAtOnce = 20;

/** Reads usage anew from the attributes of spans, drops the numbers that are kept, and computes them again. */
export async function rebuildRollups(engine: Engine, keeper: RollupKeeper, a: unknown): Promise<RebuildResult> {
  const { from, to } = (a ?? {}) as { from?: unknown; to?: unknown };
  const range = {
    ...(from !== undefined && { lower: { at: [slotOf(time(from, "from"))], inclusive: true } }),
    ...(to !== undefined && { upper: { at: [-slotOf(-time(to, "to"))], inclusive: false } }),
  };
  const result = { traces: 0, corrected: 0 };
  const slots = new Set<number>();
  const walk = find(traceIndex, { path: "byStart", range, columns: ["traceId", "startedAt"] });
  for await (const rows of walkPages(engine, walk, tracesAtOnce)) {
    if (rows.length === 0) continue;
    result.traces += rows.length;
    for (const { startedAt } of rows) slots.add(slotOf(startedAt as number));
    result.corrected += await correctUsage(
      engine,
      rows.map(({ traceId }) => traceId),
    );
  }
  const walkKept = { table: rollups, path: "bySlot", range, limit: 100 } as const;
  for (let done = false; !done; ) ({ done } = await engine.removeRange(walkKept));
  for (const slot of slots) await keeper.read({ from: slot, to: slot + slotLength });
  return result;
}

function time(value: unknown, path: string): number {
  const found = readInstant(value)?.getTime();
  if (found === undefined) throw refused(path, "must be a time");
  return found;
}

async function correctUsage(engine: Engine, traceIds: readonly string[]): Promise<number> {
  let corrected = 0;
  for (let isDone = false; !isDone; ) {
    const { count, isLast } = await modifyBy(engine, "observability/usage", () => correctSome(engine, traceIds));
    corrected += count;
    isDone = isLast;
  }
  return corrected;
}

/** As many as one batch takes, unless their spans change meanwhile. */
async function correctSome(engine: Engine, traceIds: readonly string[]) {
  const columns = ["traceId", "spanId", "usage", "attributes"] as const;
  const { rows } = await readPage(engine, find(spans, { path: "byTrace", eq: { traceId: traceIds }, columns }));
  const ops = rows.flatMap(({ traceId, spanId, usage: before, attributes, _rev: rev }) => {
    const usage = usageText(attributes === null ? null : JSON.parse(attributes));
    return usage === before ? [] : [patch(spans, [traceId, spanId], { set: { usage }, expect: { rev } })];
  });
  const [run] = cutAtomically(ops, engine.capabilities);
  const count = run?.length ?? 0;
  return { ...(run && { write: run }), result: { count, isLast: count === ops.length } };
}
