import type { Put, WriteOp } from "@stowage/core/engine";
import type { SqlRow, SqlValue, Statement } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import { keyOfOp, replacingClause, rowArgs, storedKey } from "./change.ts";
import { type BatchContext, expectationOf } from "./interactive.ts";
import { asJson, insertFromJson, item, items, travels } from "./json-bulk.ts";

/** Fewer rows than this are statements of their own. */
const fewest = 3;
/** A longer row is a statement of its own: SQLite looks through its text for each column. */
const longestRow = 65_536;

/**
 * Rows of one table, one after the other in a batch, that few statements of a SQLite write together: all new, or all to be
 * made or replaced. The table has no unique key but its primary key, so that what one of them is refused for can be found by
 * their keys.
 */
export class RowGroup {
  /** The operations from this one on, up to the one before `to`. */
  readonly from: number;
  readonly to: number;
  readonly statements: readonly Statement[];
  /** What the new ones need: the condition that one of them is there, with its arguments. */
  readonly taken: { readonly condition: string; readonly args: readonly SqlValue[] } | undefined;
  private readonly mapping: TableMapping;
  private readonly keys: readonly SqlValue[][];
  private readonly revisions: readonly number[];

  /** The group that begins with this operation; `undefined` where there is none worth it. */
  static at(ops: readonly WriteOp[], from: number, context: BatchContext): RowGroup | undefined {
    const first = ops[from] as WriteOp;
    const kind = kindOf(first);
    if (kind === undefined || first.table.unique.length > 0) return undefined;
    const mapping = context.mappingOf(first);
    const rows: SqlValue[][] = [];
    let to = from;
    for (; to < ops.length; to++) {
      const op = ops[to] as WriteOp;
      if (op.table !== first.table || kindOf(op) !== kind) break;
      const row = rowArgs(mapping, op as Put, 0);
      if (!isShort(row) || !travels(mapping, row)) break;
      rows.push(row);
    }
    return rows.length < fewest ? undefined : new RowGroup(ops.slice(from, to) as Put[], from, rows, mapping, context);
  }

  private constructor(
    ops: readonly Put[],
    from: number,
    rows: SqlValue[][],
    mapping: TableMapping,
    { sequence }: BatchContext,
  ) {
    const [first] = ops as [Put];
    const areNew = expectationOf(first) === "absent";
    this.from = from;
    this.to = from + ops.length;
    this.mapping = mapping;
    this.keys = ops.map((op) => storedKey(mapping, keyOfOp(op)));
    this.revisions = rows.map((row) => {
      const rev = sequence();
      // A replaced row gets at least the next revision, which tells it from a new one and is drawn with it.
      if (!areNew) sequence();
      row[row.length - 1] = rev;
      return rev;
    });
    const sql = areNew ? insertAll(mapping) : upsertAll(mapping, first.keep);
    this.statements = asJson(rows).map((list) => ({ sql, args: [list] }));
    this.taken = areNew ? { condition: anyTaken(mapping), args: [JSON.stringify(this.keys)] } : undefined;
  }

  /** Which of the operations meets a record that should not be there, by what {@link whoIsThere} gave. */
  firstTaken(rows: readonly SqlRow[]): number | undefined {
    const there = new Set(rows.map((row) => JSON.stringify(row)));
    const place = this.keys.findIndex((key) => there.has(JSON.stringify(key)));
    return place < 0 ? undefined : this.from + place;
  }

  whoIsThere(): Statement {
    const { mapping, keys } = this;
    const sql = mapping.statement("group/there", () => {
      const names = keyNames(mapping);
      return `SELECT ${names} FROM ${mapping.quoted} WHERE (${names}) IN (${keysFromJson(mapping)})`;
    });
    return { sql, args: [JSON.stringify(keys)] };
  }

  /** What became of each operation, by the rows that the statements gave. */
  settle(rows: readonly SqlRow[]): { outcome: "inserted" | "updated"; rev: number }[] {
    if (this.taken) return this.revisions.map((rev) => ({ outcome: "inserted", rev }));
    const stored = new Map(rows.map((row) => [JSON.stringify(row.slice(0, -1)), row.at(-1) as number]));
    return this.keys.map((key, index) => {
      const rev = stored.get(JSON.stringify(key)) ?? 0;
      return { outcome: rev === this.revisions[index] ? "inserted" : "updated", rev };
    });
  }
}

/** Operations of one kind can go together; `undefined` for one that cannot. */
function kindOf(op: WriteOp): string | undefined {
  if (op.op !== "put" || op.mode === "skip") return undefined;
  if (expectationOf(op) === "absent") return "insert";
  return op.expect === undefined ? `upsert/${op.keep?.join() ?? ""}` : undefined;
}

function isShort(row: readonly SqlValue[]): boolean {
  let length = 0;
  for (const value of row) if (typeof value === "string") length += value.length;
  return length <= longestRow;
}

const insertAll = (mapping: TableMapping): string =>
  mapping.statement("group/insert", () => insertFromJson(mapping, ""));

const upsertAll = (mapping: TableMapping, keep: readonly string[] = []): string =>
  mapping.statement(`group/upsert/${keep.join()}`, () => {
    const told = `${keyNames(mapping)}, ${mapping.dialect.quote(revision)}`;
    return `${insertFromJson(mapping, replacingClause(mapping, keep))} RETURNING ${told}`;
  });

const anyTaken = (mapping: TableMapping): string =>
  mapping.statement(
    "group/taken",
    () => `EXISTS (SELECT 1 FROM ${mapping.quoted} WHERE (${keyNames(mapping)}) IN (${keysFromJson(mapping)}))`,
  );

const keyNames = (mapping: TableMapping): string =>
  mapping.table.key.map((name) => mapping.column(name).quoted).join(", ");

const keysFromJson = (mapping: TableMapping): string =>
  `SELECT ${mapping.table.key.map((_, part) => item(part)).join(", ")} FROM ${items}`;
