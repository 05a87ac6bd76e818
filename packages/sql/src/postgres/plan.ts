import {
  type ConflictError,
  encodeTuple,
  type Patch,
  type Put,
  type Table,
  type WriteOp,
  type WriteResult,
} from "@stowage/core/engine";
import type { BatchFailure, SqlRow, Statement, StatementResult } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { keyCondition } from "../read/get.ts";
import type { WritePlan } from "../strategy.ts";
import {
  insertMany,
  insertOnly,
  insertOrReplace,
  insertUnlessTaken,
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
import { copyRows } from "./copy.ts";
import { groupPuts, type PutGroup } from "./groups.ts";
import { insertRows, rowLists, upsertRows } from "./rows.ts";

/** Rows that a statement names one by one, which few of them are faster with; it is another statement for each number. */
const mostSpelledOut = 8;

type Settle = (results: readonly StatementResult[]) => WriteResult;

const missing = (): WriteResult => ({ outcome: "missing", rev: 0 });

/**
 * A batch of writes as statements of one transaction at the level READ COMMITTED. Whatever expects something of a record
 * locks it in the statement that tests it, and a test that fails divides by zero, which undoes the batch:
 *
 * - bare checks of a revision or of existence come first and hold the record until the end;
 * - a change tests what it expects itself, as each record is changed at most once;
 * - many new records of a table, or many upserts, go in one statement, where the first of them stands;
 * - what must be absent is tested last, when everything that could order this batch behind another one is locked; and as two
 *   batches might each make what the other one wants absent, batches with such a test take advisory locks first, on the keys
 *   that they want absent and on those that they may make.
 *
 * The statement that failed need not be the first one that would. So what is expected is looked at again after a failure, to
 * name the lowest operation that is refused.
 */
export class PostgresPlan implements WritePlan {
  readonly statements: Statement[] = [];
  private readonly origins: number[] = [];
  private readonly settles: Settle[];
  private readonly ops: readonly WriteOp[];
  private readonly context: BatchContext;
  private readonly mayCopy: boolean;
  /** The records that the batch changes, of each table that somebody has asked about. */
  private readonly changed = new Map<Table, Map<string, number>>();

  /** @param mayCopy - Whether many new rows are made ready to be copied too. */
  constructor(ops: readonly WriteOp[], context: BatchContext, mayCopy = false) {
    this.ops = ops;
    this.context = context;
    this.mayCopy = mayCopy;
    const settles = new Map<number, Settle>();
    const late: (() => void)[] = [];
    const each = (visit: (op: WriteOp, index: number) => void) => ops.forEach(visit);
    this.lockAbsent();
    each((op, index) => {
      if (op.op === "check" && op.expect !== "absent") settles.set(index, this.check(op, index));
    });
    each((op, index) => {
      if (op.op !== "check" || op.expect !== "absent") return;
      settles.set(index, () => ({ outcome: "checked", rev: 0 }));
      // A record that the batch itself makes has to be looked for before.
      if (this.isChanged(op, index)) this.absent(op, index);
      else late.push(() => this.absent(op, index));
    });
    const groups = groupPuts(ops);
    each((op, index) => {
      if (op.op === "check" || settles.has(index)) return;
      const group = groups.get(index);
      if (group) for (const [place, settle] of this.putAll(group)) settles.set(place, settle);
      else if (op.op !== "put" && op.expect === "absent") {
        settles.set(index, missing);
        late.push(() => this.absent(op, index));
      } else settles.set(index, this.change(op, index));
    });
    for (const add of late) add();
    this.settles = ops.map((_, index) => settles.get(index) as Settle);
  }

  /**
   * In one order, so that batches wait in line. Nobody holds a record yet. Records whose keys differ in their last part only,
   * as the spans of a trace do, have one lock together: a server has not many.
   */
  private lockAbsent(): void {
    const first = this.ops.findIndex(
      (op, index) => op.op !== "put" && op.expect === "absent" && !this.isChanged(op, index),
    );
    if (first < 0) return;
    const names = new Set<string>();
    for (const op of this.ops) {
      if (op.op !== "put" && op.expect !== "absent") continue;
      const key = keyOfOp(op);
      const shared = key.length > 1 ? key.slice(0, -1) : key;
      names.add(`${this.context.mappingOf(op).quoted} ${encodeTuple(shared)}`);
    }
    const hashes =
      "SELECT DISTINCT pg_catalog.hashtextextended(value, 0) AS h FROM json_array_elements_text(?::json) ORDER BY h";
    const sql = `SELECT 1 FROM (SELECT pg_catalog.pg_advisory_xact_lock(h) FROM (${hashes}) AS k) AS locked`;
    this.add(first, { sql, args: [JSON.stringify([...names])] });
  }

  settle(results: readonly StatementResult[]): WriteResult[] {
    return this.settles.map((settle) => settle(results));
  }

  async refusalOf(
    failure: BatchFailure,
    read: (statements: readonly Statement[]) => Promise<readonly (readonly SqlRow[])[]>,
  ): Promise<unknown> {
    const index = this.origins[failure.index];
    const op = index === undefined ? undefined : this.ops[index];
    if (!op || index === undefined) return failure.cause;
    const violation = this.context.mappingOf(op).dialect.violation(failure.cause);
    if (!violation) return failure.cause;
    const refused = await this.expectationRefused(read);
    if (refused) return refused;
    return violation.kind === "unique" ? this.uniqueRefusal(op, index, violation.constraint) : undefined;
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
    const lock = this.isChanged(op, index) ? "UPDATE" : "SHARE";
    const sql = mapping.statement(`check/${kind}/${lock}`, () => {
      const rev = mapping.dialect.quote(revision);
      const condition = `${keyCondition(mapping)}${kind === "rev" ? ` AND ${rev} = ?` : ""}`;
      return oneOrFail(`SELECT ${rev} FROM ${mapping.quoted} WHERE ${condition} FOR ${lock}`, rev);
    });
    const args = storedKey(mapping, keyOfOp(op));
    if (typeof expected === "object") args.push(expected.rev);
    const at = this.add(index, { sql, args });
    return (results) => ({ outcome: "checked", rev: results[at]?.rows[0]?.[1] as number });
  }

  private absent(op: WriteOp, index: number): void {
    const mapping = this.context.mappingOf(op);
    const sql = mapping.statement("absent", () => {
      const found = `EXISTS (SELECT 1 FROM ${mapping.quoted} WHERE ${keyCondition(mapping)})`;
      return `SELECT 1 / (CASE WHEN ${found} THEN 0 ELSE 1 END)`;
    });
    this.add(index, { sql, args: storedKey(mapping, keyOfOp(op)) });
  }

  /** Whether another operation of the batch changes the record. */
  private isChanged(op: WriteOp, index: number): boolean {
    let changed = this.changed.get(op.table);
    if (!changed) {
      changed = new Map();
      for (const [place, other] of this.ops.entries()) {
        if (other.table === op.table && other.op !== "check") changed.set(encodeTuple(keyOfOp(other)), place);
      }
      this.changed.set(op.table, changed);
    }
    return (changed.get(encodeTuple(keyOfOp(op))) ?? index) !== index;
  }

  /** Puts of one kind into one table, as one statement; and what becomes of each of them. */
  private putAll({ kind, keep, members }: PutGroup): [place: number, settle: Settle][] {
    const [first] = members as [PutGroup["members"][number]];
    const mapping = this.context.mappingOf(first.op);
    const revisions = members.map(() => {
      const rev = this.context.sequence();
      // As with a single upsert.
      if (kind === "upsert") this.context.sequence();
      return rev;
    });
    const isNew = kind === "insert";
    const at = this.add(
      first.index,
      members.length <= mostSpelledOut
        ? {
            sql: insertMany(mapping, members.length, isNew ? undefined : keep),
            args: members.flatMap(({ op }, row) => rowArgs(mapping, op, revisions[row] as number)),
          }
        : this.many(mapping, members, revisions, isNew ? undefined : keep),
    );
    return members.map(({ index }, row) => {
      const rev = revisions[row] as number;
      if (isNew) return [index, () => ({ outcome: "inserted", rev })];
      return [index, (results) => upserted(rev, results[at]?.rows[row])];
    });
  }

  private many(
    mapping: TableMapping,
    members: PutGroup["members"],
    revisions: readonly number[],
    keep: readonly string[] | undefined,
  ): Statement {
    const rows = members.map(({ op }) => op.row);
    if (keep) return { sql: upsertRows(mapping, keep), args: rowLists(mapping, rows, revisions) };
    const sql = insertRows(mapping);
    const copied = this.mayCopy ? copyRows(mapping, rows, revisions) : undefined;
    if (!copied) return { sql, args: rowLists(mapping, rows, revisions) };
    return {
      sql,
      get args() {
        return rowLists(mapping, rows, revisions);
      },
      copied,
    };
  }

  private change(op: Exclude<WriteOp, { op: "check" }>, index: number): Settle {
    const mapping = this.context.mappingOf(op);
    switch (op.op) {
      case "put":
        return this.put(op, mapping, index);
      case "patch":
        return this.update(op, mapping, index, (revisions) => patchExisting(mapping, op, revisions));
      case "remove": {
        const rev = typeof op.expect === "object" ? op.expect.rev : undefined;
        const { sql, args } = removeExisting(mapping, op.key, rev);
        if (op.expect === undefined) {
          const at = this.add(index, { sql, args });
          return (results) => ((results[at]?.changes ?? 0) > 0 ? { outcome: "removed", rev: 0 } : missing());
        }
        const guarded = mapping.statement(`guarded/${sql}`, () =>
          oneOrFail(`${sql} RETURNING ${mapping.dialect.quote(revision)}`, mapping.dialect.quote(revision), true),
        );
        this.add(index, { sql: guarded, args });
        return () => ({ outcome: "removed", rev: 0 });
      }
    }
  }

  private put(op: Put, mapping: TableMapping, index: number): Settle {
    const expected = expectationOf(op);
    if (expected !== undefined && expected !== "absent") {
      return this.update(op, mapping, index, (revisions) => replaceExisting(mapping, op, revisions));
    }
    const rev = this.context.sequence();
    if (expected === "absent") {
      this.add(index, { sql: insertOnly(mapping), args: rowArgs(mapping, op, rev) });
      return () => ({ outcome: "inserted", rev });
    }
    if (op.mode === "skip") {
      const at = this.add(index, { sql: insertUnlessTaken(mapping), args: rowArgs(mapping, op, rev) });
      const probed = this.add(index, this.probe(op));
      return (results) =>
        (results[at]?.changes ?? 0) > 0
          ? { outcome: "inserted", rev }
          : { outcome: "skipped", rev: (results[probed]?.rows[0]?.[0] as number | undefined) ?? 0 };
    }
    // A new row gets this revision and a replaced one at least the next, which tells them apart and is drawn with it.
    this.context.sequence();
    const at = this.add(index, { sql: insertOrReplace(mapping, op.keep), args: rowArgs(mapping, op, rev) });
    return (results) => upserted(rev, results[at]?.rows[0]);
  }

  private update(
    op: Put | Patch,
    mapping: TableMapping,
    index: number,
    make: (revisions: { next: number; expected?: number }) => Update,
  ): Settle {
    if (typeof op.expect === "object") {
      const expected = op.expect.rev;
      const rev = this.context.sequence(expected);
      const { sql, args } = make({ next: rev, expected });
      const guarded = mapping.statement(`guarded/${sql}`, () => {
        const column = mapping.dialect.quote(revision);
        return oneOrFail(`${sql} RETURNING ${column}`, column, true);
      });
      this.add(index, { sql: guarded, args });
      return () => ({ outcome: "updated", rev });
    }
    const { sql, args } = make({ next: this.context.sequence() });
    if (op.expect === undefined) {
      const at = this.add(index, { sql, args });
      return (results) => {
        const rev = results[at]?.rows[0]?.[0] as number | undefined;
        return rev === undefined ? missing() : { outcome: "updated", rev };
      };
    }
    const guarded = mapping.statement(`guarded/${sql}`, () => oneOrFail(sql, mapping.dialect.quote(revision), true));
    const at = this.add(index, { sql: guarded, args });
    return (results) => ({ outcome: "updated", rev: results[at]?.rows[0]?.[1] as number });
  }

  private probe(op: WriteOp): Statement {
    const mapping = this.context.mappingOf(op);
    return { sql: probe(mapping), args: storedKey(mapping, keyOfOp(op)) };
  }

  private add(index: number, statement: Statement): number {
    this.origins.push(index);
    return this.statements.push(statement) - 1;
  }
}

/** What became of an upsert that was given a revision, by the row that tells the one it has. */
function upserted(given: number, row: SqlRow | undefined): WriteResult {
  const rev = row?.[0] as number;
  return { outcome: rev === given ? "inserted" : "updated", rev };
}

/** A statement that gives one row, as one that fails when it gives none. The second column is the revision. */
const oneOrFail = (sql: string, rev: string, changes = false): string =>
  changes
    ? `WITH c AS (${sql}) SELECT 1 / count(*), max(${rev}) FROM c`
    : `SELECT 1 / count(*), max(${rev}) FROM (${sql}) AS c`;
