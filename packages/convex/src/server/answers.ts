import type { WriteAnswer } from "../wire.ts";
import { clearGarbage } from "./garbage.ts";
import type { Meter } from "./meter.ts";
import type { Writer } from "./records.ts";

/** What names one sending of a batch, so that a second one of the same gets the first one's answer. */
interface Sending {
  /** A place that its writer uses for one batch at a time. */
  readonly slot: string;
  readonly id: string;
}

const hour = 3_600_000;
/** How many old documents a writer that comes new takes away. More than it makes, so that they do not pile up. */
const cleared = 4;

const find = (db: Writer, { slot }: Sending) =>
  db
    .query("stowage_answers")
    .withIndex("by_slot", (index) => index.eq("slot", slot))
    .unique();

/** The answer that a batch got when it was sent before. */
export async function answered(db: Writer, sending: Sending): Promise<WriteAnswer | undefined> {
  const kept = await find(db, sending);
  return kept?.write === sending.id ? (JSON.parse(kept.answer) as WriteAnswer) : undefined;
}

/** Only writers that come new clear up: writers that meet on a document make one another start over. */
export async function keepAnswer(db: Writer, meter: Meter, sending: Sending, answer: WriteAnswer): Promise<void> {
  const at = Date.now();
  const document = { slot: sending.slot, write: sending.id, answer: JSON.stringify(answer), at };
  const kept = await find(db, sending);
  if (kept) return db.replace("stowage_answers", kept._id, document);
  await db.insert("stowage_answers", document);
  const old = db.query("stowage_answers").withIndex("by_at", (index) => index.lt("at", at - hour));
  for (const { _id } of await old.take(cleared)) await db.delete("stowage_answers", _id);
  await clearGarbage(db, meter);
}
