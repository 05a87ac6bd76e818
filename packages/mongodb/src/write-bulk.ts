import { type EngineValue, keyOfOp, type Table, type WriteOp } from "@stowage/core/engine";
import type { AnyBulkWriteOperation, Document } from "mongodb";
import type { Stored } from "./connection.ts";
import { isDuplicate, translateWrite } from "./errors.ts";
import { integer, revision } from "./mapping.ts";
import { collectionOf, type Reach, writeOptions } from "./reading.ts";
import type { Writing } from "./write.ts";
import { readRevisions, uniqueConflictIn } from "./write.ts";
import { stateKey } from "./write-plan.ts";

/** Applies one piece of the bulk form: all records of a table in one request, in no order. */
export async function writeBulk(writing: Writing, ops: readonly WriteOp[]): Promise<void> {
  for (const [table, group] of Map.groupBy(ops, ({ table }) => table)) await writeAll(writing, table, group);
}

async function writeAll(writing: Writing, table: Table, ops: readonly WriteOp[]): Promise<void> {
  const mapping = writing.mappingOf(table);
  const reach: Reach = { ...writing, session: undefined };
  const idOf = (op: WriteOp) => mapping.id(keyOfOp(op));
  let left = ops;
  /** Revisions that are ahead of this clock. */
  const ahead = new Map<string, number>();
  while (left.length > 0) {
    const models = left.map((op): AnyBulkWriteOperation<Stored> => {
      const _id = idOf(op);
      if (op.op !== "put") return { deleteOne: { filter: { _id } } };
      const rev = integer(writing.clock.sequence(ahead.get(stateKey(table, _id))));
      const row = op.row as Readonly<Record<string, EngineValue>>;
      const update: Document = { $set: { ...mapping.fields(row, table.columnNames), [revision]: rev } };
      return { updateOne: { filter: { _id, [revision]: { $lt: rev } }, update, upsert: true } };
    });
    const collection = await collectionOf(reach, table);
    try {
      await collection.bulkWrite(models, { ...writeOptions(writing.call, undefined), ordered: false });
      return;
    } catch (error) {
      const refused = isDuplicate(error) ? refusedIn(error) : [];
      if (refused.length === 0) throw translateWrite(error);
      for (const failure of refused) {
        if (failure.code !== 11000) throw translateWrite(error);
        const conflict = uniqueConflictIn(failure.errmsg, table, left[failure.index] as WriteOp, ops);
        if (conflict) throw conflict;
      }
      // Their revision is ahead of this clock, or somebody else made them just now.
      left = refused.map(({ index }) => left[index] as WriteOp);
      await readRevisions(reach, table, left.map(idOf), ahead);
    }
  }
}

const refusedIn = (error: unknown): { index: number; code: number; errmsg: string }[] =>
  [(error as { writeErrors?: unknown }).writeErrors ?? []].flat() as never;
