import {
  type Clock,
  type EngineValue,
  type Expectation,
  keyOfOp,
  type Patch,
  type Put,
  type Table,
  type WriteOp,
  type WriteResult,
} from "@stowage/core/engine";
import type { AnyBulkWriteOperation, Document } from "mongodb";
import type { Stored } from "./connection.ts";
import { integer, lock, revision, type TableMapping } from "./mapping.ts";

/** Revisions of records by table and `_id`; 0 for a record that is not there. */
export type States = ReadonlyMap<string, number>;

export const stateKey = (table: Table, id: string): string => `${table.name}/${id}`;

/** What one operation becomes. */
export interface Step {
  readonly index: number;
  readonly table: Table;
  readonly id: string;
  /**
   * The request; `undefined` where there is nothing to change. An insert has the shape of an update whose condition nothing
   * meets, so that a mixed batch of one collection is one command.
   */
  readonly model: AnyBulkWriteOperation<Stored> | undefined;
  /** The same as a plain insert, for a batch of nothing else. */
  readonly insert?: AnyBulkWriteOperation<Stored>;
  /** How the server tells that it went as planned: a document matched, one was made, either of these, or one went. */
  readonly counts: "matched" | "made" | "either" | "removed" | "nothing";
  /** What the record must be when the transaction looks: for expectations that no request carries. */
  readonly look?: "absent" | "exists";
  /** The result when it went as planned. `rev` is missing where only a look can tell. */
  readonly result: { readonly outcome: WriteResult["outcome"]; readonly rev?: number };
}

interface Planning {
  readonly clock: Pick<Clock, "sequence">;
  mappingOf(table: Table): TableMapping;
}

/**
 * The requests of a batch. What an operation expects is a condition of the request that changes the record; revisions come
 * from the clock here, and a record whose revision is ahead of it does not match. Without `states` a batch is planned for
 * the likely case: what a patch or a removal names exists. With them every condition is the revision that was found.
 */
export function planSteps(ops: readonly WriteOp[], { clock, mappingOf }: Planning, states: States | undefined): Step[] {
  return ops.map((op, index): Step => {
    const { table } = op;
    const mapping = mappingOf(table);
    const id = mapping.id(keyOfOp(op));
    const known = states?.get(stateKey(table, id));
    const step = (rest: Omit<Step, "index" | "table" | "id">): Step => ({ index, table, id, ...rest });
    const nothing = (outcome: WriteResult["outcome"], rev?: number, look?: Step["look"]) =>
      step({
        model: undefined,
        counts: "nothing",
        result: { outcome, ...(rev !== undefined && { rev }) },
        ...(look && { look }),
      });

    if (op.op === "check") {
      if (op.expect === "absent") return nothing("checked", 0, "absent");
      const rev = typeof op.expect === "object" ? op.expect.rev : undefined;
      const filter = rev === undefined ? { _id: id } : { _id: id, [revision]: integer(rev) };
      // A read would let others change the record before the commit.
      const model = { updateOne: { filter, update: { $set: { [lock]: integer(clock.sequence()) } } } };
      return step({
        model,
        counts: "matched",
        result: { outcome: "checked", ...(rev !== undefined && { rev }) },
        ...(rev === undefined && { look: "exists" as const }),
      });
    }
    const isInsert = op.op === "put" && (op.mode === "insert" || op.expect === "absent");
    if (isInsert || (op.op === "put" && op.mode === "upsert" && known === 0 && op.expect === undefined)) {
      const rev = clock.sequence();
      const document = whole(mapping, op as Put, rev);
      return step({
        model: {
          updateOne: { filter: { _id: id, [revision]: { $lt: 0 } }, update: { $setOnInsert: document }, upsert: true },
        },
        insert: { insertOne: { document: { ...document, _id: id } } },
        counts: "made",
        result: { outcome: "inserted", rev },
      });
    }
    if (op.expect === "absent") return nothing("missing", 0, "absent");
    if (op.op === "put" && op.mode === "skip") {
      if (known !== undefined && known > 0) return nothing("skipped", known);
      const rev = clock.sequence();
      const model = {
        updateOne: { filter: { _id: id }, update: { $setOnInsert: whole(mapping, op, rev) }, upsert: true },
      };
      return step({ model, counts: "either", result: { outcome: "inserted", rev } });
    }
    if (known === 0 && op.op !== "put") return nothing("missing", 0);
    const expected = revisionIn(op.expect) ?? (known || undefined);
    if (op.op === "remove") {
      const filter = expected === undefined ? { _id: id } : { _id: id, [revision]: integer(expected) };
      return step({ model: { deleteOne: { filter } }, counts: "removed", result: { outcome: "removed", rev: 0 } });
    }
    const rev = clock.sequence(expected);
    const filter = { _id: id, [revision]: expected === undefined ? { $lt: integer(rev) } : integer(expected) };
    if (op.op === "patch") {
      const model = { updateOne: { filter, update: changeOf(mapping, op, rev) as Document } };
      return step({ model, counts: "matched", result: { outcome: "updated", rev } });
    }
    const mayInsert = op.expect === undefined && known === undefined;
    const update = replace(mapping, op, rev, mayInsert);
    return step({
      model: { updateOne: { filter, update, ...(mayInsert && { upsert: true }) } },
      counts: mayInsert ? "either" : "matched",
      result: { outcome: "updated", rev },
    });
  });
}

const revisionIn = (expect: Expectation | undefined) => (typeof expect === "object" ? expect.rev : undefined);

const whole = (mapping: TableMapping, op: Put, rev: number): Document => ({
  ...mapping.fields(op.row as Readonly<Record<string, EngineValue>>, mapping.table.columnNames),
  [revision]: integer(rev),
});

function replace(mapping: TableMapping, op: Put, rev: number, mayInsert: boolean): Document {
  const row = op.row as Readonly<Record<string, EngineValue>>;
  const kept: readonly string[] = op.keep ?? [];
  const replaced = mapping.table.columnNames.filter((column) => !kept.includes(column));
  return {
    $set: { ...mapping.fields(row, replaced), [revision]: integer(rev) },
    ...(mayInsert && kept.length > 0 && { $setOnInsert: mapping.fields(row, kept) }),
  };
}

/** A patch as an update; as a pipeline where a column is raised, since only that sees the stored value. */
function changeOf(mapping: TableMapping, op: Patch, rev: number): Document | Document[] {
  const set = (op.set ?? {}) as Readonly<Record<string, EngineValue>>;
  const fields = mapping.fields(set, Object.keys(set));
  const raises = Object.entries(op.raise ?? {});
  if (raises.length === 0) return { $set: { ...fields, [revision]: integer(rev) } };
  const expressions: Document = {};
  for (const [column, value] of Object.entries(fields)) expressions[column] = { $literal: value };
  for (const [column, value] of raises) {
    const least = { $literal: mapping.encode(column, value) };
    // A null, and what is not there, is less than any number.
    expressions[column] = { $cond: [{ $gt: [least, `$${column}`] }, least, { $add: [`$${column}`, 1] }] };
  }
  return [{ $set: { ...expressions, [revision]: { $literal: integer(rev) } } }];
}
