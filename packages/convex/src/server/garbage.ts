import type { Meter } from "./meter.ts";
import type { PartId, Writer } from "./records.ts";

/**
 * Removes parts of rows that nobody can see any more. Removing reads: what is too much for this mutation is noted, and left
 * to another. `false` when something was left.
 */
export async function removeParts(db: Writer, meter: Meter, ids: PartId[], bytes: number): Promise<boolean> {
  if (!meter.admits(bytes)) {
    await db.insert("stowage_garbage", { ids, bytes });
    return false;
  }
  meter.saw(bytes);
  for (const id of ids) await db.delete("stowage_parts", id);
  return true;
}

/** Removes what others left, as far as it goes; `true` when there is nothing more. */
export async function clearGarbage(db: Writer, meter: Meter): Promise<boolean> {
  for await (const { _id, ids, bytes } of db.query("stowage_garbage")) {
    if (!meter.admits(bytes)) return false;
    await removeParts(db, meter, ids, bytes);
    await db.delete("stowage_garbage", _id);
  }
  return true;
}
