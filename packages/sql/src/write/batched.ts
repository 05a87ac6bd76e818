import type { Check, Patch, Put, Refusal, WriteOp, WriteResult } from "@stowage/core/engine";
import type { BatchConnection, BatchFailure, SqlValue, Statement, StatementResult } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";
import {
  insertOnly,
  insertOrReplace,
  insertOrReplaceAll,
  insertUnlessTaken,
  keyOfOp,
  patchExisting,
  probe,
  refuse,
  removeExisting,
  replaceExisting,
  rowArgs,
  storedKey,
} from "./change.ts";
import type { Guard } from "./guard.ts";
import { type BatchContext, expectationOf } from "./interactive.ts";
import { refusedByConstraint } from "./refusal.ts";
import { RowGroup } from "./row-group.ts";
import { takenBy } from "./taken.ts";

type Settle = (results: readonly StatementResult[]) => WriteResult;

/**
 * A batch of writes as statements that need no answer in between. Guards, which fail when an expectation does not hold, come
 * first, so that all of them see the state before the batch.
 */
export class BatchPlan {
  readonly statements: Statement[] = [];
  private readonly origins: Origin[] = [];
  private readonly settles: ((results: readonly StatementResult[]) => WriteResult[])[] = [];
  private readonly guard: Guard;
  private readonly ops: readonly WriteOp[];
  private readonly context: BatchContext;

  constructor(ops: readonly WriteOp[], context: BatchContext, guard: Guard) {
    this.ops = ops;
    this.context = context;
    this.guard = guard;
    const groups = groupsOf(ops, context);
    ops.forEach((op, index) => {
      const group = groups.get(index);
      if (group?.from === index) this.requireNone(group);
      else if (!group) this.require(op, index);
    });
    // What a check expects tells the revision, unless any will do.
    const checks = ops.map((op, index) =>
      op.op === "check" && op.expect === "exists" ? this.addProbe(op, index) : -1,
    );
    ops.forEach((op, index) => {
      const group = groups.get(index);
      if (group) {
        if (group.from === index) this.addGroup(group);
      } else this.settles.push(one(op.op === "check" ? checked(op, checks[index] as number) : this.change(op, index)));
    });
  }

  /** What became of each operation, from what became of each statement. */
  settle(results: readonly StatementResult[]): WriteResult[] {
    return this.settles.flatMap((settle) => settle(results));
  }

  /** The refusal behind a failure of the batch, or the driver's error. `undefined` when nothing is in its way any more. */
  async refusalOf(failure: BatchFailure, read: BatchConnection["read"]): Promise<unknown> {
    const origin = this.origins[failure.index];
    if (!origin) return failure.cause;
    if (origin.group && this.isRefusal(failure, origin)) {
      const [rows = []] = await read([origin.group.whoIsThere()]);
      const index = origin.group.firstTaken(rows);
      return index === undefined ? undefined : refuse(this.ops[index] as WriteOp, index, "absent");
    }
    const op = this.ops[origin.index] as WriteOp;
    const mapping = this.context.mappingOf(op);
    if (origin.reason && mapping.dialect.violation(failure.cause)?.kind === "guard") {
      return refuse(op, origin.index, origin.reason, origin.unique);
    }
    return refusedByConstraint(mapping, op, origin.index, failure.cause) ?? failure.cause;
  }

  private isRefusal({ cause }: BatchFailure, { index }: Origin): boolean {
    const { dialect } = this.context.mappingOf(this.ops[index] as WriteOp);
    return dialect.violation(cause) !== undefined;
  }

  /** Makes the batch fail when one of the rows is there. */
  private requireNone(group: RowGroup): void {
    const { from, taken } = group;
    if (taken) this.addGuard({ index: from, group }, this.guard.failIf(taken.condition), taken.args);
  }

  private addGroup(group: RowGroup): void {
    const places = group.statements.map((statement) => {
      this.origins.push({ index: group.from, group });
      return this.statements.push(statement) - 1;
    });
    this.settles.push((results) => group.settle(places.flatMap((place) => results[place]?.rows ?? [])));
  }

  /** Makes the batch fail unless the record is as expected. */
  private require(op: WriteOp, index: number): void {
    const expected = expectationOf(op);
    if (expected === undefined) return;
    const mapping = this.context.mappingOf(op);
    const kind = typeof expected === "object" ? "rev" : expected;
    const sql = mapping.statement(`guard/${kind}`, () => {
      const condition = `${keyCondition(mapping)}${kind === "rev" ? ` AND ${mapping.dialect.quote(revision)} = ?` : ""}`;
      const not = kind === "absent" ? "" : "NOT ";
      return this.guard.failIf(`${not}EXISTS (SELECT 1 FROM ${mapping.quoted} WHERE ${condition})`);
    });
    const args = storedKey(mapping, keyOfOp(op));
    if (typeof expected === "object") args.push(expected.rev);
    this.addGuard({ index, reason: kind }, sql, args);
  }

  /** Where a failed statement cannot be told from others, unique keys are tested before they are. */
  private requireFree(op: Put | Patch, mapping: TableMapping, index: number): void {
    if (!this.guard.mark) return;
    for (const { unique, condition, args } of takenBy(mapping, op)) {
      this.addGuard({ index, reason: "unique", unique }, this.guard.failIf(condition), args);
    }
  }

  private change(op: Exclude<WriteOp, { op: "check" }>, index: number): Settle {
    const mapping = this.context.mappingOf(op);
    switch (op.op) {
      case "put":
        return this.put(op, mapping, index);
      case "patch":
        return this.patch(op, mapping, index);
      case "remove": {
        if (op.expect === "absent") return missing;
        const at = this.add(index, removeExisting(mapping, op.key));
        return (results) => ((results[at]?.changes ?? 0) > 0 ? { outcome: "removed", rev: 0 } : missing());
      }
    }
  }

  private put(op: Put, mapping: TableMapping, index: number): Settle {
    this.requireFree(op, mapping, index);
    const rev = this.context.sequence();
    if (expectationOf(op) === "absent") {
      this.add(index, { sql: insertOnly(mapping), args: rowArgs(mapping, op, rev) });
      return () => ({ outcome: "inserted", rev });
    }
    if (op.mode === "skip") {
      const at = this.addProbe(op, index);
      this.add(index, { sql: insertUnlessTaken(mapping), args: rowArgs(mapping, op, rev) });
      return (results) => {
        const stored = revisionIn(results[at]);
        return stored === undefined ? { outcome: "inserted", rev } : { outcome: "skipped", rev: stored };
      };
    }
    if (op.expect !== undefined) return updated(this.add(index, replaceExisting(mapping, op, { next: rev })));
    // A new row gets this revision and a replaced one at least the next, which tells them apart and is drawn with it.
    this.context.sequence();
    const at = this.add(index, { sql: insertOrReplace(mapping, op.keep), args: rowArgs(mapping, op, rev) });
    return (results) => {
      const stored = revisionIn(results[at]) ?? 0;
      return { outcome: stored === rev ? "inserted" : "updated", rev: stored };
    };
  }

  private patch(op: Patch, mapping: TableMapping, index: number): Settle {
    if (op.expect === "absent") return missing;
    this.requireFree(op, mapping, index);
    return updated(this.add(index, patchExisting(mapping, op, { next: this.context.sequence() })));
  }

  private addProbe(op: WriteOp, index: number): number {
    const mapping = this.context.mappingOf(op);
    return this.add(index, { sql: probe(mapping), args: storedKey(mapping, keyOfOp(op)) });
  }

  private addGuard(origin: Origin, sql: string, args: readonly SqlValue[]): void {
    const mark = this.guard.mark?.(this.statements.length);
    this.origins.push(origin);
    this.statements.push({ sql, args: mark === undefined ? args : [...args, mark] });
  }

  private add(index: number, statement: Statement): number {
    this.origins.push({ index });
    return this.statements.push(statement) - 1;
  }
}

/** The operation that a statement is part of, and what its failure means if it is a guard. */
interface Origin {
  readonly index: number;
  readonly group?: RowGroup;
  readonly reason?: Refusal["reason"];
  readonly unique?: string;
}

/** The groups of a batch, at each operation of theirs. */
function groupsOf(ops: readonly WriteOp[], context: BatchContext): Map<number, RowGroup> {
  const groups = new Map<number, RowGroup>();
  for (let index = 0; index < ops.length; index++) {
    const group = RowGroup.at(ops, index, context);
    if (!group) continue;
    for (let at = group.from; at < group.to; at++) groups.set(at, group);
    index = group.to - 1;
  }
  return groups;
}

const one =
  (settle: Settle) =>
  (results: readonly StatementResult[]): WriteResult[] => [settle(results)];

const revisionIn = (result: StatementResult | undefined) => result?.rows[0]?.[0] as number | undefined;

const missing = (): WriteResult => ({ outcome: "missing", rev: 0 });

const checked =
  ({ expect }: Check, at: number): Settle =>
  (results) => ({ outcome: "checked", rev: typeof expect === "object" ? expect.rev : (revisionIn(results[at]) ?? 0) });

const updated =
  (at: number): Settle =>
  (results) => {
    const rev = revisionIn(results[at]);
    return rev === undefined ? missing() : { outcome: "updated", rev };
  };

/** Rows of one statement; a rest goes in statements of these lengths. */
const lengths = [100, 30, 10, 3, 1];

/** The bulk form as statements, rows of one table together: nothing is expected and nothing is told. */
export function bulkStatements(ops: readonly WriteOp[], { mappingOf, sequence }: BatchContext): Statement[] {
  const rows = new Map<TableMapping, SqlValue[][]>();
  const removals: Statement[] = [];
  for (const op of ops) {
    const mapping = mappingOf(op);
    if (op.op === "remove") removals.push(removeExisting(mapping, op.key));
    else if (op.op === "put") {
      const known = rows.get(mapping) ?? [];
      if (known.length === 0) rows.set(mapping, known);
      known.push(rowArgs(mapping, op, sequence()));
    }
  }
  return [...[...rows].flatMap(([mapping, all]) => upserts(mapping, all)), ...removals];
}

function upserts(mapping: TableMapping, rows: readonly SqlValue[][]): Statement[] {
  const most = Math.floor(mapping.dialect.maxParameters / (mapping.columns.length + 1));
  const statements: Statement[] = [];
  for (let from = 0; from < rows.length; ) {
    const length = lengths.find((count) => count <= Math.min(most, rows.length - from)) ?? 1;
    statements.push({ sql: insertOrReplaceAll(mapping, length), args: rows.slice(from, from + length).flat() });
    from += length;
  }
  return statements;
}
