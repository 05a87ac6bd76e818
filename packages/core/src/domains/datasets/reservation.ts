import type { Clock } from "../../engine/clock.ts";
import type { Engine } from "../../engine/engine.ts";
import { describeKey } from "../../engine/keys.ts";
import { type Check, check, type Find, find, get, patch, remove, type WriteOp } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { ConflictError, StorageError } from "../../errors.ts";
import { cutAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { readPage } from "../shared/pages.ts";
import { storedJson } from "../shared/stored-json.ts";
import type { StoredDataset } from "./records.ts";
import { datasets, forever, items, type Reservation } from "./tables.ts";

type KeyWalk = Find<typeof items>;

const lifetime = 30_000;
const patience = 60_000;

/**
 * The right to write items of a dataset's next version in several batches. It is a mark in the dataset's row, so every other
 * mutation meets it. Each batch carries {@link guard}: a writer whose reservation expired, and was undone by somebody who
 * could not wait, cannot write one row more.
 */
export class Lease {
  readonly owner: string;
  private readonly engine: Engine;
  private readonly clock: Clock;
  private readonly datasetId: string;
  private rev: number;
  private expiresAt: number;

  private constructor(
    { engine, clock }: DomainContext,
    datasetId: string,
    owner: string,
    rev: number,
    expiresAt: number,
  ) {
    this.engine = engine;
    this.clock = clock;
    this.datasetId = datasetId;
    this.owner = owner;
    this.rev = rev;
    this.expiresAt = expiresAt;
  }

  /** @throws ConflictError when the dataset changed since it was read. */
  static async take(context: DomainContext, { id, _rev }: StoredDataset): Promise<Lease> {
    const reservation: Reservation = { owner: context.clock.id(), expiresAt: context.clock.now() + lifetime };
    const rev = await mark(context.engine, id, reservation, _rev);
    return new Lease(context, id, reservation.owner, rev, reservation.expiresAt);
  }

  /** Goes beside every batch that the lease covers. */
  guard(): Check<typeof datasets> {
    return check(datasets, [this.datasetId], this.expectation());
  }

  /** What the dataset's row is expected to be while the lease is held. */
  expectation(): { rev: number } {
    return { rev: this.rev };
  }

  /** Lengthens the lease when it is half spent. @throws ConflictError when it was lost. */
  async renew(): Promise<void> {
    const now = this.clock.now();
    if (now < this.expiresAt - lifetime / 2) return;
    this.expiresAt = now + lifetime;
    this.rev = await mark(this.engine, this.datasetId, { owner: this.owner, expiresAt: this.expiresAt }, this.rev);
  }

  /** Writes operations in as many batches as they take. */
  async write(ops: readonly WriteOp[]): Promise<void> {
    for (const run of cutAtomically(ops, this.engine.capabilities, 1)) {
      await this.renew();
      await this.engine.write([this.guard(), ...run]);
    }
  }

  /** Gives the dataset back as it was at `version`: what was written under reservations beyond it goes. */
  async undo(version: number): Promise<void> {
    const walk = { eq: { datasetId: this.datasetId }, limit: 500 };
    const unpublished = find(items, {
      ...walk,
      path: "ofDataset",
      range: { lower: { at: [version], inclusive: false } },
      columns: items.key,
    });
    for (let rows = await this.rowsOf(unpublished); rows.length > 0; rows = await this.rowsOf(unpublished)) {
      await this.write(rows.map((row) => remove(items, keyOf(items, row))));
    }
    const next = { at: [version + 1], inclusive: true };
    const superseded = find(items, {
      eq: { ...walk.eq, isDeleted: false },
      limit: walk.limit,
      path: "visibleByCreatedAt",
      range: { lower: next, upper: next },
      columns: items.key,
    });
    for (let rows = await this.rowsOf(superseded); rows.length > 0; rows = await this.rowsOf(superseded)) {
      const open = { validTo: null, openUntil: forever };
      await this.write(rows.map((row) => patch(items, keyOf(items, row), { set: open, expect: { rev: row._rev } })));
    }
    await this.release();
  }

  async release(): Promise<void> {
    await mark(this.engine, this.datasetId, null, this.rev);
  }

  private async rowsOf(op: KeyWalk) {
    return (await readPage(this.engine, op)).rows;
  }
}

/**
 * Deals with a reservation met in a dataset's row: waits for one that runs, undoes one that expired. Afterwards the row has
 * to be read again.
 *
 * @param waitingSince when the caller began to wait, by the system's clock.
 * @throws StorageError `busy` when it has waited long enough.
 */
export async function settleReservation(
  context: DomainContext,
  row: StoredDataset,
  waitingSince: number,
): Promise<void> {
  const { expiresAt } = storedJson(datasets, row, "reservation") as Reservation;
  if (context.clock.now() >= expiresAt) {
    const lease = await Lease.take(context, row);
    await lease.undo(row.version);
    return;
  }
  if (Date.now() - waitingSince > patience) {
    throw new StorageError("the dataset is being written by another process", {
      code: "busy",
      status: "BUSY",
      details: { datasetId: row.id },
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 50 + Math.random() * 50));
}

/** Writes a mark into the row that was read at a revision, and gives the row's new one. @throws ConflictError when it was lost. */
async function mark(engine: Engine, id: string, reservation: Reservation | null, rev: number): Promise<number> {
  const set = { reservation: reservation && JSON.stringify(reservation) };
  const [result] = await engine.write([patch(datasets, [id], { set, expect: { rev } })]);
  const next = (result as { rev: number }).rev;
  if (!reservation || next > rev) return next;
  // A batch in a journal that somebody else has finished does not tell its revisions.
  const [{ rows }] = await engine.read([get(datasets, [[id]], ["reservation"])]);
  const [row] = rows;
  const held = row?.reservation ? (storedJson(datasets, row, "reservation") as Reservation) : undefined;
  if (row && held?.owner === reservation.owner) return row._rev;
  throw new ConflictError({ index: 0, table: datasets.name, key: describeKey([id]), reason: "rev" });
}
