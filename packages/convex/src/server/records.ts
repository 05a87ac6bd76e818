import type { GenericDatabaseReader, GenericDatabaseWriter } from "convex/server";
import type { Meter } from "./meter.ts";
import type { StowageDataModel } from "./schema.ts";

export type Reader = GenericDatabaseReader<StowageDataModel>;
export type Writer = GenericDatabaseWriter<StowageDataModel>;
export type Entry = StowageDataModel["stowage_entries"]["document"];
export type PartId = StowageDataModel["stowage_parts"]["document"]["_id"];
export type Head = StowageDataModel["stowage_records"]["document"];

export const findHead = (db: Reader, table: string, id: string): Promise<Head | null> =>
  db
    .query("stowage_records")
    .withIndex("by_key", (index) => index.eq("t", table).eq("k", id))
    .unique();

/**
 * Fetches records, as many at a time as fit whatever they hold. `next` sees each, and ends it by returning `false`.
 */
export async function eachHead<Item>(
  meter: Meter,
  items: readonly Item[],
  fetch: (item: Item) => Promise<Head | null>,
  next: (head: Head | null, item: Item) => Promise<boolean>,
): Promise<void> {
  for (let at = 0; at < items.length; ) {
    const heads = await Promise.all(items.slice(at, at + meter.atOnce).map(fetch));
    for (const head of heads) meter.sawOne(head);
    for (const head of heads) if (!(await next(head, items[at++] as Item))) return;
  }
}

/** The whole packed row. */
export async function textOf(db: Reader, meter: Meter, { d, p }: Head): Promise<string> {
  if (!p) return d;
  const parts = await Promise.all(p.ids.map((id) => db.get("stowage_parts", id)));
  for (const part of parts) meter.sawOne(part);
  return parts.map((part) => part?.d ?? "").join("");
}
