import type { Engine } from "../../../engine/engine.ts";
import { find, get } from "../../../engine/operations.ts";
import { completePage } from "../../shared/pages.ts";
import { type KnownSpan, mergeColumns } from "../spans/draft.ts";
import type { GivenChange, Incoming } from "../spans/incoming.ts";
import { parkedUpdates, type StoredIndexRow, spans, traceIndex } from "../tables.ts";
import { rootSource } from "../traces/index-row.ts";
import { type KnownIndexRow, type Needs, Snapshot, spanKey } from "./snapshot.ts";

/** Reads what the merge of these items looks at, in one round trip: the index rows and the stored spans without payloads. */
export async function loadSnapshot(engine: Engine, items: readonly Incoming[]): Promise<Snapshot> {
  const keys = new Map<string, readonly [string, string]>();
  const traceIds = new Set<string>();
  for (const { traceId, spanId } of items) {
    keys.set(spanKey(traceId, spanId), [traceId, spanId]);
    traceIds.add(traceId);
  }
  const [indexRows, spanRows] = await engine.read([
    get(
      traceIndex,
      [...traceIds].map((id) => [id]),
    ),
    get(spans, [...keys.values()], mergeColumns),
  ]);
  const snapshot = new Snapshot(engine.capabilities);
  for (const row of indexRows.rows) if (row) snapshot.index.set(row.traceId, knownIndexRow(row));
  for (const row of spanRows.rows) if (row) snapshot.spans.set(spanKey(row.traceId, row.spanId), row);
  return snapshot;
}

export function knownIndexRow({ _rev: rev, ...row }: StoredIndexRow): KnownIndexRow {
  return { row, rev };
}

/** Reads what a first attempt found missing, in one round trip. */
export async function loadNeeds(engine: Engine, snapshot: Snapshot, needs: Needs): Promise<void> {
  const wanted = [...needs.spans];
  const traceIds = [...needs.candidates];
  const parkedOf = [...needs.parked];
  if (wanted.length === 0 && traceIds.length === 0 && parkedOf.length === 0) return;
  const candidatesOp = (traceId: string) =>
    find(spans, {
      path: "byTrace",
      eq: { traceId },
      filter: {
        op: "or",
        args: [
          { op: "isNull", column: "parentSpanId" },
          { op: "eq", column: "hasRemoteParent", value: true },
        ],
      },
      columns: rootSource,
    });
  const parkedOp = find(parkedUpdates, { path: "byTrace", eq: { traceId: parkedOf } });
  const [whole, parked, ...candidates] = await engine.read([
    get(
      spans,
      wanted.map(([, key]) => key),
    ),
    parkedOp,
    ...traceIds.map(candidatesOp),
  ]);
  wanted.forEach(([key], position) => {
    const row = whole.rows[position] as KnownSpan | undefined;
    if (row) snapshot.spans.set(key, row);
    else snapshot.spans.delete(key);
  });
  for (const [position, traceId] of traceIds.entries()) {
    const page = candidates[position];
    if (page) snapshot.candidates.set(traceId, (await completePage(engine, candidatesOp(traceId), page)).rows);
  }
  if (parkedOf.length === 0) return;
  const { rows } = await completePage(engine, parkedOp, parked);
  for (const traceId of parkedOf) {
    const records = rows
      .filter((row) => row.traceId === traceId)
      .sort((a, b) => a.arrival - b.arrival)
      .map(({ spanId, arrival, createdAt, updates }) => ({
        spanId,
        arrival,
        createdAt,
        updates: JSON.parse(updates) as GivenChange[],
      }));
    snapshot.parked.set(traceId, records);
  }
}
