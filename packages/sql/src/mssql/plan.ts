import {
  compareText,
  type EngineValue,
  encodeTuple,
  type Patch,
  type Put,
  type WriteOp,
  type WriteResult,
} from "@stowage/core/engine";
import type { BatchConnection, BatchFailure, SqlValue, Statement, StatementResult } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import type { WritePlan } from "../strategy.ts";
import { keyOfOp, refuse } from "../write/change.ts";
import { type BatchContext, expectationOf } from "../write/interactive.ts";
import { type Change, changeText, kindOf } from "./change.ts";
import { given, openJson, place, RowShape } from "./rows.ts";
import { refusedByUnique } from "./unique.ts";

type Row = Record<string, SqlValue>;

/** Changes of the same kind on the same table, which are one statement or two. */
interface Group {
  readonly mapping: TableMapping;
  readonly change: Change;
  readonly members: { readonly op: WriteOp; readonly index: number; readonly rev: number }[];
  /** Whether more may join that come later in the batch. */
  readonly open: boolean;
}

const expectations = { absent: 0, exists: 1 } as const;

/**
 * A batch of writes as statements of one transaction, whose number does not depend on how many records they are about:
 *
 * 1. For each table, every record of the batch is locked and its revision noted, those that are absent too: an update lock on
 *    the range keeps others from making them. Records are locked in the order of their keys, so that batches wait in line.
 * 2. What is expected is judged by what was noted. A refusal names the first operation that it concerns.
 * 3. The changes, each list of rows as one JSON parameter.
 * 4. What was noted goes out, and with it what became of each operation.
 */
export class MssqlPlan implements WritePlan {
  readonly statements: Statement[] = [];
  /** The operations that the statement in each place is about. */
  private readonly groups: (Group | undefined)[] = [];
  private readonly revisions = new Map<number, number>();
  private readonly ops: readonly WriteOp[];
  private readonly context: BatchContext;

  constructor(ops: readonly WriteOp[], context: BatchContext) {
    this.ops = ops;
    this.context = context;
    this.add({ sql: "DECLARE @seen TABLE ([i] INT NOT NULL PRIMARY KEY, [rev] BIGINT NULL)", args: [] });
    this.lock();
    this.judge();
    for (const [at, group] of this.grouped().entries()) this.apply(group, at);
    this.add({ sql: "SELECT [i], [rev] FROM @seen ORDER BY [i]", args: [] });
  }

  settle(results: readonly StatementResult[]): WriteResult[] {
    const seen = new Map((results.at(-1)?.rows ?? []).map(([i, rev]) => [i as number, rev as number | null]));
    return this.ops.map((op, index) => this.outcome(op, index, seen.get(index) ?? undefined));
  }

  async refusalOf(failure: BatchFailure, read: BatchConnection["read"]): Promise<unknown> {
    const { cause } = failure;
    const violation = this.context.mappingOf(this.ops[0] as WriteOp).dialect.violation(cause);
    if (violation?.kind === "guard") {
      const index = Number((cause as Error).message);
      const op = this.ops[index] as WriteOp;
      const expected = expectationOf(op);
      return refuse(op, index, typeof expected === "object" ? "rev" : (expected ?? "rev"));
    }
    const group = this.groups[failure.index];
    if (violation?.kind !== "unique" || !group) return cause;
    return refusedByUnique(this.ops, group, { constraint: violation.constraint, read, context: this.context });
  }

  private lock(): void {
    const tables = new Map<TableMapping, { row: Row; order: string }[]>();
    this.ops.forEach((op, index) => {
      const mapping = this.context.mappingOf(op);
      const rows = tables.get(mapping) ?? [];
      tables.set(mapping, rows);
      const row: Row = { i: index };
      const key = keyOfOp(op);
      keyShape(mapping).put(row, key, mapping);
      rows.push({ row, order: encodeTuple(key) });
    });
    const sorted = [...tables].sort(([a], [b]) => compareText(a.quoted, b.quoted));
    for (const [mapping, rows] of sorted) {
      rows.sort((a, b) => compareText(a.order, b.order));
      const sql = mapping.statement("mssql/lock", () => {
        const shape = keyShape(mapping);
        const source = openJson("?", [place, ...shape.fields]);
        return (
          `INSERT INTO @seen ([i], [rev]) SELECT s.[i], t.${mapping.dialect.quote(revision)} FROM ${source} ` +
          `LEFT OUTER LOOP JOIN ${mapping.quoted} AS t WITH (UPDLOCK, HOLDLOCK) ON ${shape.isKeyOf(mapping)}`
        );
      });
      this.add({ sql, args: [JSON.stringify(rows.map(({ row }) => row))] });
    }
  }

  private judge(): void {
    const rows = this.ops.flatMap((op, i) => {
      const expected = expectationOf(op);
      if (expected === undefined) return [];
      return [typeof expected === "object" ? { i, e: 2, r: expected.rev } : { i, e: expectations[expected] }];
    });
    if (rows.length === 0) return;
    const source = openJson("?", [place, { name: "e", type: "INT" }, given]);
    const refused =
      "(s.[e] = 0 AND n.[rev] IS NOT NULL) OR (s.[e] = 1 AND n.[rev] IS NULL) OR " +
      "(s.[e] = 2 AND (n.[rev] IS NULL OR n.[rev] <> s.[r]))";
    const first = `SELECT CAST(MIN(s.[i]) AS NVARCHAR(20)) FROM ${source} INNER LOOP JOIN @seen AS n ON n.[i] = s.[i] WHERE ${refused}`;
    this.add({
      sql: `DECLARE @refused NVARCHAR(20) = (${first}); IF @refused IS NOT NULL BEGIN; THROW 51001, @refused, 1; END`,
      args: [JSON.stringify(rows)],
    });
  }

  /**
   * Operations of a kind go together. On a table with unique keys only those do that follow each other and take or release no
   * value, or take some and release none: what is free depends on the order.
   */
  private grouped(): Group[] {
    const groups: Group[] = [];
    const open = new Map<string, Group>();
    this.ops.forEach((op, index) => {
      const change = kindOf(op);
      if (!change) return;
      const mapping = this.context.mappingOf(op);
      const rev = this.context.sequence(typeof op.expect === "object" ? op.expect.rev : undefined);
      this.revisions.set(index, rev);
      const ordered = mapping.table.unique.length > 0;
      const shape = `${change.kind}/${change.columns.join()}/${change.raised.join()}`;
      const known = open.get(ordered ? mapping.quoted : `${mapping.quoted}/${shape}`);
      const member = { op, index, rev };
      if (
        known?.open &&
        `${known.change.kind}/${known.change.columns.join()}/${known.change.raised.join()}` === shape
      ) {
        known.members.push(member);
        return;
      }
      const touched = new Set(mapping.table.unique.flatMap(({ columns }) => columns));
      const isFree =
        !ordered ||
        change.kind === "insert" ||
        change.kind === "remove" ||
        (change.kind === "patch" && ![...change.columns, ...change.raised].some((name) => touched.has(name)));
      const group: Group = { mapping, change, members: [member], open: isFree };
      groups.push(group);
      open.set(ordered ? mapping.quoted : `${mapping.quoted}/${shape}`, group);
    });
    return groups;
  }

  private apply(group: Group, at: number): void {
    const { mapping, change, members } = group;
    const text = changeText(mapping, change);
    const rows = members.map(({ op, index, rev }) => {
      const row: Row = { i: index, r: rev };
      text.shape.put(row, valuesOf(op, text.names), mapping);
      return row;
    });
    const variable = `@rows${at}`;
    this.add({ sql: `DECLARE ${variable} NVARCHAR(MAX) = ?`, args: [JSON.stringify(rows)] });
    for (const make of text.statements) this.add({ sql: make(variable), args: [] }, group);
  }

  private outcome(op: WriteOp, index: number, stored: number | undefined): WriteResult {
    const change = kindOf(op);
    if (op.op === "check") return { outcome: "checked", rev: stored ?? 0 };
    if (!change) return { outcome: "missing", rev: 0 };
    const rev = this.revisions.get(index) as number;
    const isPut = op.op === "put";
    if (stored === undefined) {
      const inserted = isPut && (change.kind === "insert" || change.kind === "upsert");
      return inserted ? { outcome: "inserted", rev } : { outcome: "missing", rev: 0 };
    }
    if (isPut && op.mode === "skip" && change.kind === "insert") return { outcome: "skipped", rev: stored };
    if (op.op === "remove") return { outcome: "removed", rev: 0 };
    return { outcome: "updated", rev: Math.max(stored + 1, rev) };
  }

  private add(statement: Statement, group?: Group): void {
    this.groups.push(group);
    this.statements.push(statement);
  }
}

const keyShape = (mapping: TableMapping): RowShape =>
  mapping.derive("mssql/key", () => new RowShape(mapping.table.key.map((name) => mapping.column(name))));

/** Values of these columns: of a row, of a key and what is set, or of a key. */
function valuesOf(op: WriteOp, names: readonly string[]): EngineValue[] {
  const values: Record<string, EngineValue | undefined> = {};
  if (op.op === "put") Object.assign(values, (op as Put).row);
  else {
    op.table.key.forEach((name, part) => {
      values[name] = (op as { key: readonly EngineValue[] }).key[part] as EngineValue;
    });
    if (op.op === "patch") Object.assign(values, (op as Patch).set, (op as Patch).raise);
  }
  return names.map((name) => values[name] ?? null);
}
