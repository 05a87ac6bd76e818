import type { ConflictError, Expectation, Put, WriteOp, WriteResult } from "@stowage/core/engine";
import type { Session } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import {
  insertOrReplaceAll,
  insertUnlessTaken,
  keyOfOp,
  patchExisting,
  probe,
  type Revisions,
  refuse,
  removeExisting,
  replaceExisting,
  rowArgs,
  storedKey,
  type Update,
} from "./change.ts";
import { refusedByConstraint } from "./refusal.ts";

export interface BatchContext {
  mappingOf(op: WriteOp): TableMapping;
  /** The next revision, greater than `after`. */
  sequence(after?: number): number;
}

/** Applies a batch inside an open transaction. A refusal is thrown, and the transaction is to be rolled back. */
export class InteractiveBatch {
  private readonly session: Session;
  private readonly ops: readonly WriteOp[];
  private readonly context: BatchContext;

  constructor(session: Session, ops: readonly WriteOp[], context: BatchContext) {
    this.session = session;
    this.ops = ops;
    this.context = context;
  }

  /**
   * Every record is changed at most once, so what a change expects is judged when its turn comes. Bare checks may concern
   * records that the batch changes, so they come first.
   */
  apply(): WriteResult[] {
    const results = new Array<WriteResult>(this.ops.length);
    this.ops.forEach((op, index) => {
      if (op.op !== "check") return;
      const rev = this.revisionOf(op);
      const refusal = judge(op, index, rev);
      if (refusal) throw this.firstRefusal(0, index) ?? refusal;
      results[index] = { outcome: "checked", rev: rev ?? 0 };
    });
    this.ops.forEach((op, index) => {
      if (op.op !== "check") results[index] = this.change(op, index);
    });
    return results;
  }

  /** The bulk form: nothing is expected and nothing is told. */
  applyBulk(): void {
    for (const op of this.ops) {
      const mapping = this.context.mappingOf(op);
      if (op.op === "remove") {
        const { sql, args } = removeExisting(mapping, op.key);
        this.session.run(sql, args);
      } else if (op.op === "put") {
        this.session.run(insertOrReplaceAll(mapping, 1), rowArgs(mapping, op, this.context.sequence()));
      }
    }
  }

  private change(op: Exclude<WriteOp, { op: "check" }>, index: number): WriteResult {
    const mapping = this.context.mappingOf(op);
    try {
      switch (op.op) {
        case "put":
          return this.put(op, mapping, index);
        case "patch":
          return this.update(op, index, (revisions) => patchExisting(mapping, op, revisions));
        case "remove":
          return this.remove(op, mapping, index);
      }
    } catch (error) {
      const refusal = refusedByConstraint(mapping, op, index, error);
      if (!refusal) throw error;
      // What a later operation expects is judged before unique keys are.
      throw this.firstRefusal(index + 1, this.ops.length) ?? refusal;
    }
  }

  private put(op: Put, mapping: TableMapping, index: number): WriteResult {
    if (op.expect !== undefined && op.expect !== "absent") return this.replace(op, mapping, index);
    // Inserting first is the shorter way for new rows, looking first for stored ones.
    const mayReplace = op.mode === "upsert" && op.expect === undefined;
    if (mayReplace && mapping.upsertsReplace) {
      const replaced = this.replace(op, mapping, index);
      if (replaced.outcome === "updated") return replaced;
      mapping.upsertsReplace = false;
    }
    const rev = this.context.sequence();
    if (this.session.run(insertUnlessTaken(mapping), rowArgs(mapping, op, rev)) > 0) {
      return { outcome: "inserted", rev };
    }
    if (!mayReplace && op.mode !== "skip") throw refuse(op, index, "absent");
    if (op.mode === "skip") return { outcome: "skipped", rev: this.revisionOf(op) ?? 0 };
    mapping.upsertsReplace = true;
    return this.replace(op, mapping, index);
  }

  private replace(op: Put, mapping: TableMapping, index: number): WriteResult {
    return this.update(op, index, (revisions) => replaceExisting(mapping, op, revisions));
  }

  /**
   * A change of a row that must be there for anything to happen. Inside the transaction the revision can be read first, which
   * costs less than to have the change return it.
   */
  private update(op: WriteOp, index: number, make: (revisions: Revisions) => Update): WriteResult {
    let expected = typeof op.expect === "object" ? op.expect.rev : undefined;
    if (expected === undefined) {
      expected = this.revisionOf(op);
      const refusal = judge(op, index, expected);
      if (refusal) throw refusal;
      if (expected === undefined) return { outcome: "missing", rev: 0 };
    }
    const next = this.context.sequence(expected);
    const { sql, args } = make({ next, expected });
    if (this.session.run(sql, args) === 0) throw refuse(op, index, "rev");
    return { outcome: "updated", rev: next };
  }

  private remove(op: WriteOp, mapping: TableMapping, index: number): WriteResult {
    if (op.expect === "absent") {
      const refusal = judge(op, index, this.revisionOf(op));
      if (refusal) throw refusal;
      return { outcome: "missing", rev: 0 };
    }
    const rev = typeof op.expect === "object" ? op.expect.rev : undefined;
    const { sql, args } = removeExisting(mapping, keyOfOp(op), rev);
    if (this.session.run(sql, args) > 0) return { outcome: "removed", rev: 0 };
    if (op.expect !== undefined) throw refuse(op, index, rev === undefined ? "exists" : "rev");
    return { outcome: "missing", rev: 0 };
  }

  /** The first refusal among changes that have not been applied yet, their records as before the batch. */
  private firstRefusal(from: number, to: number): ConflictError | undefined {
    for (let index = from; index < to; index++) {
      const op = this.ops[index] as WriteOp;
      if (op.op === "check" || expectationOf(op) === undefined) continue;
      const refusal = judge(op, index, this.revisionOf(op));
      if (refusal) return refusal;
    }
    return undefined;
  }

  private revisionOf(op: WriteOp): number | undefined {
    const mapping = this.context.mappingOf(op);
    return this.session.one(probe(mapping), storedKey(mapping, keyOfOp(op)))?.[0] as number | undefined;
  }
}

/** What an operation asks of its record: what it expects, and of an insert that its key is free. */
export const expectationOf = (op: WriteOp): Expectation | undefined =>
  op.op === "put" && op.mode === "insert" ? "absent" : op.expect;

export function judge(op: WriteOp, index: number, rev: number | undefined): ConflictError | undefined {
  const expected = expectationOf(op);
  if (expected === "absent") return rev === undefined ? undefined : refuse(op, index, "absent");
  if (expected === "exists") return rev === undefined ? refuse(op, index, "exists") : undefined;
  return expected === undefined || rev === expected.rev ? undefined : refuse(op, index, "rev");
}
