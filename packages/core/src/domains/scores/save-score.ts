import { modify } from "../../engine/modify.ts";
import { get, insert, upsert } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import { readInstant } from "../shared/values.ts";
import { toScore, toScoreRow } from "./score-records.ts";
import { scores } from "./tables.ts";
import type { SaveScorePayload, ScoreRow } from "./types.ts";
import { validateScore } from "./validate-score.ts";

/** Saves a score: one round trip, two when the row was there before. */
export async function saveScore(context: DomainContext, score: SaveScorePayload): Promise<ScoreRow> {
  validateScore(score);
  const { engine, clock } = context;
  const now = clock.now();
  const given = readInstant(score.createdAt)?.getTime();
  const row = toScoreRow(score, score.id ?? clock.id(), {
    createdAt: given ?? now,
    updatedAt: given ?? now,
    seq: clock.sequence(),
  });
  if (score.id === undefined || score.id === null) {
    await engine.write([insert(scores, row)]);
    return toScore(row);
  }
  // A given time is that of the first write alone, and whether this is the first has to be known before.
  if (given !== undefined) return saveDated(context, row, now);
  const [result] = await engine.write([upsert(scores, row, { keep: ["createdAt", "seq"] })]);
  if (result?.outcome === "inserted") return toScore(row);
  const [{ rows }] = await engine.read([get(scores, [[row.id]], ["createdAt"])]);
  return toScore({ ...row, createdAt: rows[0]?.createdAt ?? row.createdAt });
}

function saveDated({ engine }: DomainContext, row: ReturnType<typeof toScoreRow>, now: number): Promise<ScoreRow> {
  return modify(engine, scores, [row.id], (stored, rev) => {
    if (!stored) return { write: [insert(scores, row)], result: () => toScore(row) };
    const next = { ...row, createdAt: stored.createdAt, seq: stored.seq, updatedAt: now };
    return { write: [upsert(scores, next, { expect: { rev } })], result: () => toScore(next) };
  });
}
