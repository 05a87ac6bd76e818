import type { Count } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import type { WalkOptions } from "./find.ts";
import { PagedWalk } from "./paged-walk.ts";
import { type Reading, settled } from "./reading.ts";
import { WalkPlan } from "./walk.ts";

/** How many rows a walk covers, counted by the database where it can test the whole filter. */
export function readCount(mapping: TableMapping, op: Count, options: WalkOptions): Reading {
  const { limit } = op;
  if (limit !== undefined && limit <= 0) return settled([], () => ({ count: 0 }));
  const plan = new WalkPlan(mapping, op, { path: mapping.path(op.path), nativeFilter: options.nativeFilter });
  if (plan.residual) {
    let count = 0;
    return new PagedWalk(plan, {
      columns: [],
      firstPage: limit ?? options.scanPage,
      largestPage: options.scanPage,
      visit: () => ++count !== limit,
      finish: () => ({ count }),
    });
  }
  const rows = plan.select(["1"], { unordered: true, byOneProcess: true, ...(limit !== undefined && { limit }) });
  const statements = rows.map(({ sql, args }) => ({
    sql: mapping.statement(`count/${sql}`, () => countOf(sql, mapping.dialect.countRows)),
    args,
  }));
  return settled(statements, (answers) => {
    const total = answers.reduce((sum, [row]) => sum + (row?.[0] as number), 0);
    return { count: limit === undefined ? total : Math.min(total, limit) };
  });
}

/** A SELECT without UNION or LIMIT counts directly, which SQLite answers faster than a count over a subquery. */
function countOf(sql: string, countRows = "count(*)"): string {
  if (sql.startsWith("SELECT 1 FROM") && !sql.includes(" UNION ALL ") && !sql.endsWith(" LIMIT ?")) {
    return `SELECT ${countRows}${sql.slice("SELECT 1".length)}`;
  }
  return `SELECT ${countRows} FROM (${sql}) AS w`;
}
