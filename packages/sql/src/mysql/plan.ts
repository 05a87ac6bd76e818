import type { ConflictError, Patch, Put, WriteOp, WriteResult } from "@stowage/core/engine";
import { encodeTuple } from "@stowage/core/engine";
import type { BatchFailure, SqlRow, SqlValue, Statement, StatementResult } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";
import type { WritePlan } from "../strategy.ts";
import {
  keyOfOp,
  patchExisting,
  probe,
  refuse,
  removeExisting,
  replaceExisting,
  rowArgs,
  storedKey,
  type Update,
} from "../write/change.ts";
import { type BatchContext, expectationOf, judge } from "../write/interactive.ts";
import { inStatements } from "./bulk.ts";
import { changedOne, failIf, insertAll, insertWhere, lockAll, revisionsOf, upsertAll } from "./statements.ts";

type Settle = (results: readonly StatementResult[]) => WriteResult;
type Change = Exclude<WriteOp, { op: "check" }>;

const missing = (): WriteResult => ({ outcome: "missing", rev: 0 });

/** What a put does to its record, where neighbours of one kind can go in one statement. */
type Kind = "insert" | "replace" | "upsert";

/**
 * A batch of writes as statements of one transaction at the level READ COMMITTED. Whatever expects something of a record
 * locks it in the statement that tests it, and a test that fails is an overflow, which ends the batch:
 *
 * - bare checks of a revision or of existence come first and hold the record until the end;
 * - a change tests what it expects itself, as each record is changed at most once;
 * - what must be absent is tested last, when everything that could order this batch behind another one is locked.
 *
 * Neighbouring puts of one kind into one table go in one statement, unless the table has unique keys: then each is told apart.
 * The statement that failed need not be the first one that would. So what is expected is looked at again after a failure, to
 * name the lowest operation that is refused.
 */
export class MysqlPlan implements WritePlan {
  readonly statements: Statement[] = [];
  /** The operation behind each statement, or the first one of several. */
  private readonly origins: number[] = [];
  private readonly settles: Settle[];
  private readonly ops: readonly WriteOp[];
  private readonly context: BatchContext;

  constructor(ops: readonly WriteOp[], context: BatchContext) {
    this.ops = ops;
    this.context = context;
    this.settles = new Array<Settle>(ops.length).fill(missing);
    const late: (() => void)[] = [];
    ops.forEach((op, index) => {
      if (op.op === "check" && op.expect !== "absent") this.settles[index] = this.check(op, index);
    });
    ops.forEach((op, index) => {
      if (op.op !== "check" || op.expect !== "absent") return;
      this.settles[index] = () => ({ outcome: "checked", rev: 0 });
      // A record that the batch itself makes has to be looked for before.
      if (this.isChanged(op, index)) this.absent(op, index);
      else late.push(() => this.absent(op, index));
    });
    for (let index = 0; index < ops.length; ) {
      const op = ops[index] as WriteOp;
      if (op.op === "check") index++;
      else if (op.op !== "put" && op.expect === "absent") {
        const at = index++;
        late.push(() => this.absent(op, at));
      } else {
        const group = this.groupAt(index);
        if (group.length > 1) this.putAll(group, index);
        else this.settles[index] = this.change(op, index);
        index += Math.max(1, group.length);
      }
    }
    for (const add of late) add();
  }

  settle(results: readonly StatementResult[]): WriteResult[] {
    return this.settles.map((settle) => settle(results));
  }

  async refusalOf(
    failure: BatchFailure,
    read: (statements: readonly Statement[]) => Promise<readonly (readonly SqlRow[])[]>,
  ): Promise<unknown> {
    const [first] = this.ops as [WriteOp];
    const violation = this.context.mappingOf(first).dialect.violation(failure.cause);
    if (!violation) return failure.cause;
    const refused = await this.expectationRefused(read);
    if (refused) return refused;
    const index = this.origins[failure.index];
    const op = index === undefined ? undefined : this.ops[index];
    return op && index !== undefined && violation.kind === "unique"
      ? this.uniqueRefusal(op, index, violation.constraint)
      : undefined;
  }

  /** The first operation whose expectation does not hold now. */
  private async expectationRefused(
    read: (statements: readonly Statement[]) => Promise<readonly (readonly SqlRow[])[]>,
  ): Promise<ConflictError | undefined> {
    const asked = this.ops.flatMap((op, index) => (expectationOf(op) === undefined ? [] : [{ op, index }]));
    if (asked.length === 0) return undefined;
    const answers = await read(asked.map(({ op }) => this.probe(op)));
    for (const [place, { op, index }] of asked.entries()) {
      const refusal = judge(op, index, answers[place]?.[0]?.[0] as number | undefined);
      if (refusal) return refusal;
    }
    return undefined;
  }

  /** A unique key that is taken. A taken primary key is an expectation, and gone by now if it was not found. */
  private uniqueRefusal(op: WriteOp, index: number, constraint: string | undefined): ConflictError | undefined {
    const { table, names } = this.context.mappingOf(op);
    const plan = names.indexes.find(({ name, unique }) => unique && name === constraint);
    const unique = table.unique.find(({ columns }) => columns.join() === plan?.columns.join());
    return unique && refuse(op, index, "unique", unique.name);
  }

  private check(op: WriteOp, index: number): Settle {
    const mapping = this.context.mappingOf(op);
    const expected = op.expect;
    const kind = typeof expected === "object" ? "rev" : "exists";
    const lock = this.isChanged(op, index) ? "FOR UPDATE" : "LOCK IN SHARE MODE";
    const sql = mapping.statement(`check/${kind}/${lock}`, () => {
      const rev = mapping.dialect.quote(revision);
      const condition = `${keyCondition(mapping)}${kind === "rev" ? ` AND ${rev} = ?` : ""}`;
      return `SELECT max(${rev}), ${failIf("count(*) <> 1")} FROM ${mapping.quoted} WHERE ${condition} ${lock}`;
    });
    const args = storedKey(mapping, keyOfOp(op));
    if (typeof expected === "object") args.push(expected.rev);
    const at = this.add(index, { sql, args });
    return (results) => ({ outcome: "checked", rev: told(results[at]) });
  }

  private absent(op: WriteOp, index: number): void {
    const mapping = this.context.mappingOf(op);
    const sql = mapping.statement(
      "absent",
      () => `SELECT ${failIf("count(*) <> 0")} FROM ${mapping.quoted} WHERE ${keyCondition(mapping)} FOR UPDATE`,
    );
    this.add(index, { sql, args: storedKey(mapping, keyOfOp(op)) });
  }

  private isChanged(op: WriteOp, index: number): boolean {
    const key = keyOfOp(op);
    return this.ops.some((other, place) => {
      if (place === index || other.op === "check" || other.table !== op.table) return false;
      return keyOfOp(other).every((part, at) => part === key[at]);
    });
  }

  /** The puts from a place on that go together; empty when there is none. */
  private groupAt(index: number): Put[] {
    const first = this.ops[index] as WriteOp;
    const kind = kindOf(first);
    if (kind === undefined || first.table.unique.length > 0) return [];
    const keep = (first as Put).keep?.join();
    const group: Put[] = [];
    for (let place = index; place < this.ops.length; place++) {
      const op = this.ops[place] as WriteOp;
      if (op.table !== first.table || kindOf(op) !== kind || (op as Put).keep?.join() !== keep) break;
      group.push(op as Put);
    }
    return group;
  }

  private putAll(group: readonly Put[], first: number): void {
    const [op] = group as [Put];
    const mapping = this.context.mappingOf(op);
    const kind = kindOf(op) as Kind;
    const revisions = group.map(({ expect }) => {
      const rev = this.context.sequence(typeof expect === "object" ? expect.rev : undefined);
      // A new row gets this revision and a replaced one at least the next, which tells them apart and is drawn with it.
      if (kind === "upsert") this.context.sequence();
      return rev;
    });
    const rows = group.map((put, at) => rowArgs(mapping, put, revisions[at] as number));
    const keys = group.map((put) => storedKey(mapping, keyOfOp(put)));
    if (kind === "replace") {
      const expected = group.map((put, at) => [...(keys[at] ?? []), (put.expect as { rev: number }).rev]);
      this.addAll(first, expected, (count) => lockAll(mapping, count));
    }
    const keep = op.keep ?? [];
    this.addAll(first, rows, (count) =>
      kind === "insert"
        ? insertAll(mapping, count)
        : upsertAll(mapping, count, { keep, next: kind === "replace" ? "given" : "greater" }),
    );
    if (kind !== "upsert") {
      const outcome = kind === "insert" ? "inserted" : "updated";
      revisions.forEach((rev, at) => {
        this.settles[first + at] = () => ({ outcome, rev });
      });
      return;
    }
    const asked = this.addAll(first, keys, (count) => revisionsOf(mapping, count));
    const stored = onceFor((results) => storedRevisions(asked.flatMap((at) => results[at]?.rows ?? [])));
    keys.forEach((key, at) => {
      const id = encodeTuple(key);
      this.settles[first + at] = (results) => {
        const rev = stored(results).get(id) ?? 0;
        return { outcome: rev === revisions[at] ? "inserted" : "updated", rev };
      };
    });
  }

  private change(op: Change, index: number): Settle {
    const mapping = this.context.mappingOf(op);
    switch (op.op) {
      case "put":
        return this.put(op, mapping, index);
      case "patch":
        return this.update(op, index, (revisions) => patchExisting(mapping, op, revisions));
      case "remove": {
        const rev = typeof op.expect === "object" ? op.expect.rev : undefined;
        const at = this.add(index, removeExisting(mapping, op.key, rev));
        if (op.expect !== undefined) this.add(index, { sql: changedOne, args: [] });
        return (results) => (changes(results[at]) > 0 ? { outcome: "removed", rev: 0 } : missing());
      }
    }
  }

  private put(op: Put, mapping: TableMapping, index: number): Settle {
    const expected = expectationOf(op);
    if (expected !== undefined && expected !== "absent") {
      return this.update(op, index, (revisions) => replaceExisting(mapping, op, revisions));
    }
    const rev = this.context.sequence();
    const args = rowArgs(mapping, op, rev);
    if (expected === "absent") {
      this.add(index, { sql: insertAll(mapping, 1), args });
      return () => ({ outcome: "inserted", rev });
    }
    if (op.mode === "skip") return this.skip(op, mapping, index, args, rev);
    const next = this.context.sequence();
    if (mapping.table.unique.length > 0) {
      const at = this.add(index, replaceExisting(mapping, op, { next }));
      // The database's own upsert would take any unique key for the row's.
      this.add(index, { sql: insertWhere(mapping, "row_count() = 0"), args });
      return (results) =>
        changes(results[at]) > 0 ? { outcome: "updated", rev: told(results[at]) } : { outcome: "inserted", rev };
    }
    const at = this.add(index, { sql: upsertAll(mapping, 1, { keep: op.keep ?? [], next: "told" }), args });
    return (results) => {
      const stored = told(results[at]);
      return stored > 0 ? { outcome: "updated", rev: stored } : { outcome: "inserted", rev };
    };
  }

  private skip(op: Put, mapping: TableMapping, index: number, args: readonly SqlValue[], rev: number): Settle {
    const free = `NOT EXISTS (SELECT 1 FROM ${mapping.quoted} WHERE ${keyCondition(mapping)})`;
    const key = storedKey(mapping, keyOfOp(op));
    const at = this.add(index, { sql: insertWhere(mapping, free), args: [...args, ...key] });
    const probed = this.add(index, this.probe(op));
    return (results) =>
      changes(results[at]) > 0 ? { outcome: "inserted", rev } : { outcome: "skipped", rev: told(results[probed]) };
  }

  private update(
    op: Put | Patch,
    index: number,
    make: (revisions: { next: number; expected?: number }) => Update,
  ): Settle {
    const expected = typeof op.expect === "object" ? op.expect.rev : undefined;
    const next = this.context.sequence(expected);
    const at = this.add(index, make({ next, ...(expected !== undefined && { expected }) }));
    if (op.expect !== undefined) this.add(index, { sql: changedOne, args: [] });
    if (expected !== undefined) return () => ({ outcome: "updated", rev: next });
    return (results) => (changes(results[at]) > 0 ? { outcome: "updated", rev: told(results[at]) } : missing());
  }

  private probe(op: WriteOp): Statement {
    const mapping = this.context.mappingOf(op);
    return { sql: probe(mapping), args: storedKey(mapping, keyOfOp(op)) };
  }

  private add(index: number, statement: Statement): number {
    this.origins.push(index);
    return this.statements.push(statement) - 1;
  }

  /** Adds rows in as many statements as they need, and gives the places of these. */
  private addAll(first: number, rows: readonly (readonly SqlValue[])[], textOf: (rows: number) => string): number[] {
    let done = 0;
    return inStatements(rows, textOf).map(({ sql, args, rows: count }) => {
      const at = this.add(first + done, { sql, args });
      done += count;
      return at;
    });
  }
}

function kindOf(op: WriteOp): Kind | undefined {
  if (op.op !== "put") return undefined;
  const expected = expectationOf(op);
  if (expected === "absent") return "insert";
  if (typeof expected === "object") return "replace";
  return expected === undefined && op.mode === "upsert" ? "upsert" : undefined;
}

/** What a statement told: the revision that it gave, or the first column of its first row. */
const told = (result: StatementResult | undefined): number => (result?.rows[0]?.[0] as number | undefined) ?? 0;
const changes = (result: StatementResult | undefined): number => result?.changes ?? 0;

/** The value made of the results, once for all who ask. */
function onceFor<Value>(make: (results: readonly StatementResult[]) => Value) {
  let made: Value | undefined;
  return (results: readonly StatementResult[]): Value => {
    made ??= make(results);
    return made;
  };
}

/** Revisions by what is stored of their keys. */
const storedRevisions = (rows: readonly SqlRow[]): Map<string, number> =>
  new Map(rows.map(([rev, ...key]) => [encodeTuple(key), rev as number]));
