import type { Count } from "@stowage/core/engine";
import type { TableMapping } from "../mapping.ts";
import type { Reader } from "./reader.ts";
import { RowReader } from "./rows.ts";
import { WalkPlan } from "./walk.ts";

export async function readCount(mapping: TableMapping, op: Count, reader: Reader): Promise<{ count: number }> {
  const { limit = Number.POSITIVE_INFINITY } = op;
  const parameters = reader.parameters();
  const plan = new WalkPlan(mapping, op, parameters, reader);
  let count = 0;
  if (plan.isEmpty || limit <= 0) return { count };
  const source = plan.whole(parameters, reader);
  const from = typeof source === "string" ? source : await source;
  const { test } = plan;
  if (test) {
    const rows = new RowReader(mapping, plan.residualColumns);
    const stream = limit === Number.POSITIVE_INFINITY ? reader.stream : reader.streamAlone;
    await stream({ sql: `SELECT ${rows.list.join(", ")} ${from}`, parameters }, (values) => {
      if (test(rows.read(values))) count++;
      return count < limit;
    });
    return { count };
  }
  const sql =
    limit === Number.POSITIVE_INFINITY
      ? `SELECT count() ${from}`
      : `SELECT count() FROM (SELECT 1 ${from} LIMIT ${Math.ceil(limit)})`;
  await reader.stream({ sql, parameters }, ([value]) => {
    count = value as number;
    return true;
  });
  return { count };
}
