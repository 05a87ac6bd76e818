import { type Check, check, type Find, find, type WriteOp } from "../../engine/operations.ts";
import type { StoredRow } from "../../engine/table.ts";
import type { DomainContext } from "./context.ts";
import { Deletions, deletions } from "./deletions.ts";
import type { Tenancy } from "./tenancy.ts";

/**
 * What `datasets` and `experiments` of one storage object are to each other. A domain that stands alone, or whose sibling is
 * another store's, has none of it.
 */

/** The name under which `datasets` offers {@link DatasetFacts}. */
export const datasetFacts: unique symbol = Symbol.for("stowage.datasetFacts") as never;
/** The name under which `experiments` offers {@link ExperimentEffects}. */
export const experimentEffects: unique symbol = Symbol.for("stowage.experimentEffects") as never;

/** What `experiments` asks `datasets`. */
export interface DatasetFacts {
  /** The tenancy of a dataset; `undefined` when it cannot be found. */
  tenancyOf(datasetId: string): Promise<Tenancy | undefined>;
  /** Reads whether an item is purged: goes beside another read. */
  itemRead(itemId: string): Find;
  /** What the answer to {@link itemRead} means for an item of this dataset. */
  judgeItem(itemId: string, page: unknown, datasetId: string): Promise<ItemVerdict>;
}

/** A purged item has `purgedAt`. `check` keeps the answer true until the batch that it goes into. */
export interface ItemVerdict {
  readonly purgedAt?: number;
  readonly check?: WriteOp;
}

/** What `datasets` does in `experiments`. */
export interface ExperimentEffects {
  /** Detaches all experiments of a dataset that is being deleted, in batches that each carry `guard`. */
  detachFrom(datasetId: string, guard: WriteOp): Promise<void>;
  /** Erases the content of an item's results in experiments of the dataset, in batches, until none has any. */
  redactResults(datasetId: string, itemId: string, purgedAt: number): Promise<void>;
}

/** What the sibling `key` offers under `name`, when it is one of ours on the same engine. */
export function siblingOffer<Offer>(context: DomainContext, key: string, name: symbol): Offer | undefined {
  const sibling = context.sibling(key) as { readonly context?: DomainContext; [name: symbol]: unknown } | undefined;
  return sibling?.context?.engine === context.engine ? (sibling[name] as Offer | undefined) : undefined;
}

/** Datasets being deleted: their items are gone for readers, and their experiments detached. */
export const datasetDeletions = new Deletions("datasets", "dataset");
/** Items being purged: what still has content is read without it. The mark's time is the time of the purge. */
export const itemPurges = new Deletions("datasets", "purge");

export const datasetDeletionPending = (datasetId: string): Check =>
  check(deletions, ["datasets", "dataset", datasetId], "exists") as Check;

/** Reads what of datasets is being deleted or purged: goes beside every read of items. Mostly nothing. */
export const pendingInDatasets = (): Find<typeof deletions> =>
  find(deletions, { path: "byKind", eq: { domain: "datasets", kind: ["dataset", "purge"] } });

export interface PendingInDatasets {
  readonly deleted: ReadonlySet<string>;
  /** When the purge of an item began, by item id. */
  readonly purged: ReadonlyMap<string, number>;
}

/** The answer to {@link pendingInDatasets}. */
export function toPending(rows: readonly StoredRow<typeof deletions>[]): PendingInDatasets {
  if (rows.length === 0) return nothingPending;
  const of = (kind: string) => rows.filter((row) => row.kind === kind);
  return {
    deleted: new Set(of("dataset").map(({ id }) => id)),
    purged: new Map(of("purge").map(({ id, createdAt }) => [id, createdAt])),
  };
}

export const nothingPending: PendingInDatasets = { deleted: new Set(), purged: new Map() };
