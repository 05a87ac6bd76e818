import { type Change, modifyBy } from "../../engine/modify.ts";
import { check, find, get, patch, type WriteOp } from "../../engine/operations.ts";
import { cutAtomically, fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { completePage } from "../shared/pages.ts";
import { type ExperimentEffects, experimentEffects, itemPurges, siblingOffer } from "../shared/siblings.ts";
import { isInTenancy } from "../shared/tenancy.ts";
import { datasetScope } from "./change-dataset.ts";
import { itemElsewhere } from "./errors.ts";
import { purgedContent } from "./purge-mark.ts";
import type { StoredItem } from "./records.ts";
import { settleReservation } from "./reservation.ts";
import { datasets, items } from "./tables.ts";
import type { ItemTarget } from "./write-items.ts";

const columns = ["id", "datasetVersion", "datasetId", "organizationId", "projectId", "purgedAt"] as const;
type PurgeRow = Pick<StoredItem, (typeof columns)[number] | "_rev">;

/**
 * Erases the content of an item. The newest row goes first, in one batch with a mark of the purge: from then on the item is
 * purged for every reader, every result writer and every later row of it. What is left goes after, then the mark. A purge that
 * was interrupted is finished by the next one.
 */
export async function purgeItem(context: DomainContext, target: ItemTarget): Promise<void> {
  const { engine, clock } = context;
  const { id, datasetId, filters } = target;
  const effects = siblingOffer<ExperimentEffects>(context, "experiments", experimentEffects);
  const rest = await modifyBy(engine, datasetScope(datasetId), async (): Promise<Change<Rest | undefined>> => {
    const found = await readRows(context, target);
    if (!found) return { result: undefined };
    const { rows, rev, isUnfinished } = found;
    const newest = rows[0] as PurgeRow;
    if (newest.datasetId !== datasetId) {
      if (isInTenancy(newest, filters)) throw itemElsewhere(datasetId, id);
      return { result: undefined };
    }
    const full = rows.filter((row) => row.purgedAt === null);
    if (full.length === 0 && !isUnfinished) return { result: undefined };

    const times = rows.map((row) => row.purgedAt).filter((time) => time !== null);
    const purgedAt = times.length > 0 ? Math.min(...times) : clock.now();
    const set = purgedContent(purgedAt);
    const ops = full.map((row) =>
      patch(items, [row.id, row.datasetVersion], { set, ...(row === newest && { expect: { rev: row._rev } }) }),
    );
    // No row comes without a new version of the dataset: these are all there are.
    const guard = check(datasets, [datasetId], { rev });
    const alone: WriteOp[] = [guard, ...ops];
    if (!effects && !isUnfinished && fitsAtomically(alone, engine.capabilities)) {
      return { write: alone, result: undefined };
    }
    const [first = [], ...others] = cutAtomically(ops, engine.capabilities, 2);
    return { write: [guard, itemPurges.mark(id, purgedAt), ...first], result: { others, purgedAt } };
  });
  if (!rest) return;
  for (const run of rest.others) await engine.write(run);
  await effects?.redactResults(datasetId, id, rest.purgedAt);
  await engine.write([itemPurges.unmark(id)]);
}

/** What is left to do once the item is purged for every reader. */
interface Rest {
  readonly others: readonly WriteOp[][];
  readonly purgedAt: number;
}

/** The rows of the item, newest first, once nobody is writing further ones; `undefined` when there is nothing to purge. */
async function readRows(
  context: DomainContext,
  { id, datasetId, filters }: ItemTarget,
): Promise<{ rows: PurgeRow[]; rev: number; isUnfinished: boolean } | undefined> {
  const { engine } = context;
  const walk = find(items, { path: "ofItem", eq: { id }, direction: "desc", columns });
  for (const since = Date.now(); ; ) {
    const [{ rows: found }, marks, page] = await engine.read([
      get(datasets, [[datasetId]]),
      itemPurges.among([id]),
      walk,
    ]);
    const dataset = found[0];
    if (!dataset || !isInTenancy(dataset, filters)) return undefined;
    if (dataset.reservation !== null) {
      await settleReservation(context, dataset, since);
      continue;
    }
    const { rows } = await completePage(engine, walk, page);
    return rows.length === 0 ? undefined : { rows, rev: dataset._rev, isUnfinished: marks.rows[0] !== undefined };
  }
}
