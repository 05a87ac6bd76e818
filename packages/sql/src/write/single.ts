import type { Patch, Put, WriteOp, WriteResult } from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import { revision, type TableMapping } from "../mapping.ts";
import type { WritePlan } from "../strategy.ts";
import {
  insertGiven,
  insertText,
  keyOfOp,
  nothingClause,
  patchExisting,
  probe,
  refuse,
  removeExisting,
  replaceExisting,
  replacingClause,
  rowArgs,
  storedKey,
  type Update,
} from "./change.ts";
import { type BatchContext, expectationOf, judge } from "./interactive.ts";
import { refusedByConstraint } from "./refusal.ts";

export interface SinglePlanOptions {
  /** Whether a new row names only the columns that it has values for. Default `false`: one text for all rows of a table. */
  readonly leavesOutNulls?: boolean;
}

/**
 * A batch of one operation as one statement, for a connection that knows no transactions: compare-and-swap of a single
 * record, on which a journal makes larger batches.
 */
export function singlePlan(
  [op]: readonly WriteOp[],
  context: BatchContext,
  options: SinglePlanOptions = {},
): WritePlan {
  const single = op as WriteOp;
  const mapping = context.mappingOf(single);
  const { statement, outcome } = make(single, mapping, context, options);
  return {
    statements: [statement],
    settle: ([result]) => [outcome(result?.rows[0]?.[0] as number | undefined)],
    refusalOf: ({ cause }) => refusedByConstraint(mapping, single, 0, cause) ?? cause,
  };
}

/** The statement gives the revision that the record has then, or had before it went; no row when nothing was changed. */
interface Made {
  readonly statement: Statement;
  outcome(rev: number | undefined): WriteResult;
}

function make(op: WriteOp, mapping: TableMapping, context: BatchContext, options: SinglePlanOptions): Made {
  if (op.op === "check" || (op.op !== "put" && op.expect === "absent")) {
    return {
      statement: { sql: probe(mapping), args: storedKey(mapping, keyOfOp(op)) },
      outcome(rev) {
        const refusal = judge(op, 0, rev);
        if (refusal) throw refusal;
        return { outcome: op.op === "check" ? "checked" : "missing", rev: rev ?? 0 };
      },
    };
  }
  if (op.op === "put" && op.expect !== "exists" && typeof op.expect !== "object") {
    return put(op, mapping, context, options);
  }
  if (op.op === "remove") {
    const expected = typeof op.expect === "object" ? op.expect.rev : undefined;
    return {
      statement: returning(mapping, removeExisting(mapping, op.key, expected)),
      outcome: (rev) => (rev === undefined ? absent(op) : { outcome: "removed", rev: 0 }),
    };
  }
  const update = change(op, mapping, context);
  return {
    statement: update,
    outcome: (rev) => (rev === undefined ? absent(op) : { outcome: "updated", rev }),
  };
}

function put(op: Put, mapping: TableMapping, { sequence }: BatchContext, { leavesOutNulls }: SinglePlanOptions): Made {
  const rev = sequence();
  const args = rowArgs(mapping, op, rev);
  const inserting = (name: string, onConflict: () => string): Statement => {
    const clause = mapping.statement(`${name}/clause`, () => `${onConflict()} RETURNING ${quotedRevision(mapping)}`);
    if (leavesOutNulls) return insertGiven(mapping, args, clause);
    return { sql: mapping.statement(`${name}/whole`, () => insertText(mapping, clause)), args };
  };
  if (expectationOf(op) === "absent") {
    return {
      statement: inserting("single/insert", () => nothingClause(mapping)),
      outcome(stored) {
        if (stored === undefined) throw refuse(op, 0, "absent");
        return { outcome: "inserted", rev };
      },
    };
  }
  if (op.mode === "skip") {
    // A taken key is touched without being changed, which tells its revision.
    const statement = inserting("single/skip", () => {
      const column = quotedRevision(mapping);
      return nothingClause(mapping).replace(/DO NOTHING$/, `DO UPDATE SET ${column} = ${mapping.quoted}.${column}`);
    });
    return {
      statement,
      outcome: (stored = 0) => ({ outcome: stored === rev ? "inserted" : "skipped", rev: stored }),
    };
  }
  sequence();
  const { keep = [] } = op;
  return {
    statement: inserting(`single/upsert/${keep.join()}`, () => replacingClause(mapping, keep)),
    outcome: (stored = 0) => ({ outcome: stored === rev ? "inserted" : "updated", rev: stored }),
  };
}

const quotedRevision = ({ dialect }: TableMapping): string => dialect.quote(revision);

function change(op: Put | Patch, mapping: TableMapping, { sequence }: BatchContext): Statement {
  const expected = typeof op.expect === "object" ? op.expect.rev : undefined;
  const revisions = { next: sequence(expected), ...(expected !== undefined && { expected }) };
  const update = op.op === "put" ? replaceExisting(mapping, op, revisions) : patchExisting(mapping, op, revisions);
  return expected === undefined ? update : returning(mapping, update);
}

const returning = (mapping: TableMapping, { sql, args }: Update): { sql: string; args: SqlValue[] } => ({
  sql: mapping.statement(`returning/${sql}`, () => `${sql} RETURNING ${quotedRevision(mapping)}`),
  args,
});

/** Nothing was there, or not in the revision that was expected. */
function absent(op: WriteOp): WriteResult {
  if (op.expect === undefined) return { outcome: "missing", rev: 0 };
  throw refuse(op, 0, typeof op.expect === "object" ? "rev" : "exists");
}
