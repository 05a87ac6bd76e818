import { jitter, pause } from "../../engine/call.ts";
import { type Change, modifyBy } from "../../engine/modify.ts";
import { find, get, insert, patch, type ReadOp, type ReadResults, type WriteOp } from "../../engine/operations.ts";
import type { Row } from "../../engine/table.ts";
import { isConflict } from "../../errors.ts";
import { fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { readPage } from "../shared/pages.ts";
import { isInTenancy, type TenancyFilters } from "../shared/tenancy.ts";
import type { StoredDataset } from "./records.ts";
import { Lease, settleReservation } from "./reservation.ts";
import { datasets, versions } from "./tables.ts";

/** What a mutation of a dataset comes to, once it has seen the dataset. */
export interface Decision<Result> {
  /** Columns of the dataset to change. */
  readonly set?: Partial<Row<typeof datasets>>;
  /** Operations on item rows, which make a version. `writtenBy` names who writes ahead of the publication, if anybody has to. */
  readonly rows?: (writtenBy: string | null) => WriteOp[];
  readonly result: Result;
}

export interface DatasetTask<Ops extends readonly ReadOp[], Result> {
  readonly datasetId: string;
  readonly filters: TenancyFilters;
  /** What is to be read beside the dataset, in the same round trip. */
  readonly reads: Ops;
  /** The answer, or an error thrown, for a dataset that does not exist within the filters. */
  readonly missing: () => Result;
  /**
   * May run more than once, and must not write. `undefined` says that what was read does not fit together, as it may where a
   * database has no snapshots: it is then read again.
   */
  readonly decide: (
    dataset: StoredDataset,
    answers: ReadResults<Ops>,
    attempt: Attempt,
  ) => Promise<Decision<Result> | undefined> | Decision<Result> | undefined;
}

export interface Attempt {
  /** How often the task was refused before. */
  readonly refusals: number;
  /**
   * Reserves the dataset for a decision that takes long; without it a busy dataset could refuse such a decision for ever.
   * Called again and again it keeps the reservation from expiring.
   */
  hold(): Promise<void>;
}

const maxRounds = 12;

/**
 * Changes a dataset or its items. Mutations of one dataset are serialised by the revision of its row, and those of one process
 * queue up. What fits one batch is one write. What does not is reserved in the row, written in batches that nobody reads
 * since their version is not published, and published by the last of them.
 */
export function changeDataset<const Ops extends readonly ReadOp[], Result>(
  context: DomainContext,
  task: DatasetTask<Ops, Result>,
): Promise<Result> {
  return modifyBy(context.engine, datasetScope(task.datasetId), async (tries) => {
    for (let round = 0; ; round++) {
      try {
        const change = await attemptChange(context, task, tries + round);
        if (change) return change;
      } catch (error) {
        if (!isConflict(error) || round >= maxRounds) throw error;
      }
      await pause(jitter(round, 5, 250));
    }
  });
}

/** What the mutations of one dataset queue on. */
export const datasetScope = (datasetId: string): string => `${datasets.name}/${datasetId}`;

async function attemptChange<const Ops extends readonly ReadOp[], Result>(
  context: DomainContext,
  task: DatasetTask<Ops, Result>,
  refusals: number,
): Promise<Change<Result> | undefined> {
  const found = await readSettled(context, task);
  if (!found) return { result: task.missing() };
  const { row, answers } = found;

  let lease: Lease | undefined;
  const hold = async () => {
    if (lease) await lease.renew();
    else lease = await Lease.take(context, row);
  };
  try {
    const decision = await task.decide(row, answers, { refusals, hold });
    if (!decision) {
      await lease?.release();
      return undefined;
    }
    const { set = {}, rows, result } = decision;
    const expect = lease?.expectation() ?? { rev: row._rev };
    const free = lease ? { reservation: null } : {};
    if (!rows) {
      if (Object.keys(set).length === 0 && !lease) return { result };
      return { write: [patch(datasets, [row.id], { set: { ...set, ...free }, expect })], result };
    }
    const version = row.version + 1;
    const head = patch(datasets, [row.id], { set: { ...set, ...free, version }, expect });
    const recorded = await recordVersion(context, row.id, version, refusals > 0);
    const batch = [head, ...rows(null), ...recorded];
    if (fitsAtomically(batch, context.engine.capabilities)) return { write: batch, result };

    lease ??= await Lease.take(context, row);
    await lease.write(rows(lease.owner));
    await publish(context, lease, row, version, set);
    return { result };
  } catch (error) {
    // Nobody need wait for the reservation to expire. When that fails too, it does expire.
    await lease?.undo(row.version).catch(() => {});
    throw error;
  }
}

/** Reads the dataset and what the task wants beside it, once no reservation stands in the way. */
async function readSettled<const Ops extends readonly ReadOp[], Result>(
  context: DomainContext,
  { datasetId, filters, reads }: DatasetTask<Ops, Result>,
): Promise<{ row: StoredDataset; answers: ReadResults<Ops> } | undefined> {
  for (const since = Date.now(); ; ) {
    const [{ rows }, ...answers] = (await context.engine.read([get(datasets, [[datasetId]]), ...reads])) as [
      { rows: (StoredDataset | undefined)[] },
      ...unknown[],
    ];
    const row = rows[0];
    if (!row || !isInTenancy(row, filters)) return undefined;
    if (row.reservation === null) return { row, answers: answers as ReadResults<Ops> };
    await settleReservation(context, row, since);
  }
}

/** The row of a new version. Somebody may have recorded the number before; then that row stays. */
async function recordVersion(
  context: DomainContext,
  datasetId: string,
  version: number,
  mayExist: boolean,
): Promise<WriteOp[]> {
  if (mayExist && (await isVersionRecorded(context, datasetId, version))) return [];
  const { clock } = context;
  return [insert(versions, { id: clock.id(), datasetId, version, createdAt: clock.now() })];
}

/** Whether a version has its row already. */
async function isVersionRecorded({ engine }: DomainContext, datasetId: string, version: number): Promise<boolean> {
  const at = { at: [version], inclusive: true };
  const range = { lower: at, upper: at };
  const walk = find(versions, { path: "ofDataset", eq: { datasetId }, range, columns: versions.key, limit: 1 });
  return (await readPage(engine, walk)).rows.length > 0;
}

async function publish(
  context: DomainContext,
  lease: Lease,
  { id }: StoredDataset,
  version: number,
  set: Partial<Row<typeof datasets>>,
): Promise<void> {
  for (;;) {
    const recorded = await recordVersion(context, id, version, true);
    const head = patch(datasets, [id], { set: { ...set, version, reservation: null }, expect: lease.expectation() });
    try {
      await context.engine.write([head, ...recorded]);
      return;
    } catch (error) {
      if (!isConflict(error) || error.refusal.table !== versions.name) throw error;
    }
  }
}
