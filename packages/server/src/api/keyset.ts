import { z } from "@hono/zod-openapi";
import { badRequest } from "./errors.ts";

/** Where a walk from new to old has come to: an instant, and which of its records were given already. */
interface Place {
  at: Date;
  seen: readonly string[];
}

/** Records of one instant that a cursor can hold. */
const mostSeen = 1000;

const shape = z.object({ at: z.iso.datetime(), seen: z.array(z.string()).max(mostSeen) });

/** @throws HttpError 400 for what is no cursor. */
function placeOf(after: string): Place {
  try {
    const { at, seen } = shape.parse(JSON.parse(Buffer.from(after, "base64url").toString()));
    return { at: new Date(at), seen };
  } catch {
    throw badRequest("after: must be the next of an earlier page", [{ field: "after", message: "is no cursor" }]);
  }
}

export interface KeysetPage<T> {
  rows: T[];
  /** Goes on after this page, whatever is added meanwhile; `null` at the end. */
  next: string | null;
}

/** How records of a list are told apart and ordered: newest first. */
export interface KeysetOrder<T> {
  idOf(row: T): string;
  timeOf(row: T): Date;
}

/**
 * A page after a cursor, of a list that knows only numbers of pages: asked from the cursor's instant on, without what was
 * given of that instant already. Records that are added meanwhile are newer, so that none moves and none comes twice.
 *
 * @param read gives the newest `limit` records made at that instant or before.
 */
export async function pageAfter<T>(
  after: string,
  perPage: number,
  order: KeysetOrder<T>,
  read: (until: Date, limit: number) => Promise<T[]>,
): Promise<KeysetPage<T>> {
  const { at, seen } = placeOf(after);
  const given = new Set(seen);
  const found = (await read(at, perPage + seen.length + 1)).filter(
    (row) => order.timeOf(row).getTime() !== at.getTime() || !given.has(order.idOf(row)),
  );
  const rows = found.slice(0, perPage);
  return { rows, next: found.length > perPage ? nextOf(rows, order, { at, seen }) : null };
}

/** The cursor that goes on after these rows. */
export function nextOf<T>(rows: readonly T[], { idOf, timeOf }: KeysetOrder<T>, before?: Place): string | null {
  const last = rows.at(-1);
  if (last === undefined) return null;
  const at = timeOf(last);
  const ids = rows.filter((row) => timeOf(row).getTime() === at.getTime()).map(idOf);
  const seen = before && before.at.getTime() === at.getTime() ? [...before.seen, ...ids] : ids;
  // So many of one millisecond cannot be told apart by a cursor of bounded size.
  if (seen.length > mostSeen) throw badRequest(`more than ${mostSeen} records were made at ${at.toISOString()}`);
  return Buffer.from(JSON.stringify({ at, seen })).toString("base64url");
}
