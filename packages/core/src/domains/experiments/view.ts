import type { Page } from "../../engine/operations.ts";
import { type Find, get } from "../../engine/operations.ts";
import type { DomainContext } from "../shared/context.ts";
import type { deletions } from "../shared/deletions.ts";
import { itemPurges } from "../shared/siblings.ts";
import { purgedResult, type StoredResult } from "./records.ts";
import { factsOf } from "./runs.ts";
import { experiments } from "./tables.ts";

/** Reads which items are being purged: goes beside a read of results. Mostly nothing. */
export const pendingPurges = (context: DomainContext): Find<typeof deletions> | undefined =>
  factsOf(context) ? itemPurges.all() : undefined;

/**
 * Rows as readers may see them: the results of an item whose purge is under way have no content, though the rows still do.
 * `pending` is the answer to {@link pendingPurges}.
 */
export async function withoutPurged(
  context: DomainContext,
  rows: readonly StoredResult[],
  pending: Page<typeof deletions> | undefined,
): Promise<StoredResult[]> {
  const marks = new Set(pending?.rows.map(({ id }) => id));
  const facts = factsOf(context);
  if (marks.size === 0 || !facts) return [...rows];
  const seen: StoredResult[] = [];
  for (const row of rows) {
    const isMarked = row.purgedAt === null && marks.has(row.itemId);
    const purgedAt = isMarked ? await purgeTimeOf(context, row) : undefined;
    seen.push(purgedAt === undefined ? row : { ...row, ...purgedResult(purgedAt) });
  }
  return seen;
}

/** When the item of a result was purged, if it is one of the dataset that the run is of. */
export async function purgeTimeOf(
  context: DomainContext,
  { experimentId, itemId }: Pick<StoredResult, "experimentId" | "itemId">,
): Promise<number | undefined> {
  const facts = factsOf(context);
  if (!facts) return undefined;
  const [{ rows }, item] = await context.engine.read([
    get(experiments, [[experimentId]], ["datasetId"]),
    facts.itemRead(itemId),
  ]);
  const datasetId = rows[0]?.datasetId;
  return isText(datasetId) ? (await facts.judgeItem(itemId, item, datasetId)).purgedAt : undefined;
}

const isText = (value: unknown): value is string => typeof value === "string";
