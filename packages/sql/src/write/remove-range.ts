import {
  type AccessPath,
  type CallOptions,
  type Key,
  keyOf,
  type RemoveRange,
  type RemoveRangeResult,
} from "@stowage/core/engine";
import type { Session, SqlConnection, Statement } from "../connection.ts";
import type { TableMapping } from "../mapping.ts";
import type { WalkOptions } from "../read/find.ts";
import { PagedWalk } from "../read/paged-walk.ts";
import { WalkPlan } from "../read/walk.ts";
import { removeExisting } from "./change.ts";

/** Removes the first rows of a walk: in one statement where the database tests the whole filter, else by their keys. */
export async function removeRange(
  connection: SqlConnection,
  mapping: TableMapping,
  op: RemoveRange,
  options: WalkOptions,
  call: CallOptions,
): Promise<RemoveRangeResult> {
  const { limit } = op;
  const path = op.path === undefined ? byKey(mapping) : mapping.path(op.path);
  const plan = new WalkPlan(mapping, op, { path, nativeFilter: options.nativeFilter });
  if (plan.branches.length === 0) return { removed: 0, done: true };
  if (limit <= 0) return { removed: 0, done: false };
  if (!plan.residual && plan.isOneStatement) {
    const chosen = removal(mapping, plan, limit);
    if (connection.kind === "interactive") {
      const removed = await run(connection, [chosen], call);
      return { removed, done: removed < limit };
    }
    // Another caller may have removed some of the rows that were chosen, and then others are left.
    const left = plan.select(["1"], { limit: 1, unordered: true });
    const [result, ...probes] = await connection.batch([chosen, ...left], call);
    const removed = result?.changes ?? 0;
    return { removed, done: removed < limit && probes.every(({ rows }) => rows.length === 0) };
  }
  const victims: { key: Key; rev: number }[] = [];
  const walk = new PagedWalk(plan, {
    columns: mapping.table.key,
    firstPage: limit + 1,
    largestPage: options.scanPage,
    visit(row) {
      if (victims.length === limit) return false;
      victims.push({ key: keyOf(mapping.table, row), rev: row._rev });
      return true;
    },
    finish: (end) => end === "exhausted",
  });
  for (let next = walk.statements(); next.length > 0; next = walk.statements()) {
    walk.accept(await connection.read(next, call));
  }
  // A row that somebody changed since may no longer be of the range: it is left, and the range is then not done.
  const statements = victims.map((victim) => removeExisting(mapping, victim.key, victim.rev));
  const removed = statements.length > 0 ? await run(connection, statements, call) : 0;
  return { removed, done: walk.result() === true && removed === victims.length };
}

/** The whole table, in the order of its key. */
const byKey = ({ table }: TableMapping): AccessPath => ({
  name: "",
  eq: [],
  sort: [],
  order: table.key,
  sparse: false,
  onDemand: false,
});

function removal(mapping: TableMapping, plan: WalkPlan, limit: number): Statement {
  const keys = mapping.table.key.map((name) => mapping.column(name).quoted);
  const columns = [...new Set([...keys, ...plan.order])];
  const [{ sql, args }] = plan.select(columns, { limit, asStored: true }) as [Statement];
  const chosen = `SELECT ${keys.join(", ")} FROM (${sql}) AS w`;
  const own = mapping.dialect.removeChosen?.(mapping.quoted, keys, chosen);
  if (own !== undefined) return { sql: own, args };
  const tuple = keys.length === 1 ? keys[0] : `(${keys.join(", ")})`;
  return { sql: `DELETE FROM ${mapping.quoted} WHERE ${tuple} IN (${chosen})`, args };
}

async function run(connection: SqlConnection, statements: readonly Statement[], call: CallOptions): Promise<number> {
  if (connection.kind === "interactive") {
    return connection.transaction(
      (session: Session) => statements.reduce((sum, { sql, args }) => sum + session.run(sql, args), 0),
      call,
    );
  }
  const results = await connection.batch(statements, call);
  return results.reduce((sum, { changes }) => sum + changes, 0);
}
