import type { RowChange } from "@stowage/core/layers";
import { indexName } from "@stowage/kv";
import { goesByKey } from "./keys.ts";

type Values = RowChange["after"];

/** How many keys a change of a record writes and removes: its own, two for each entry that comes or goes, its unique values. */
export function operationsOf({ table, before, after }: RowChange): number {
  const paths = new Map(Object.values(table.paths).map((path) => [indexName(path), path]));
  let operations = 1;
  for (const { eq, sort } of paths.values()) {
    if (!goesByKey({ table }, { eq, sort })) operations += 2 * moves([...eq, ...sort], before, after);
  }
  for (const { columns } of table.unique) operations += moves(columns, before, after);
  return operations;
}

/** How many of two places that these columns give are come by or left; a null gives none. */
function moves(columns: readonly string[], before: Values, after: Values): number {
  const old = placeOf(columns, before);
  const next = placeOf(columns, after);
  return old === next ? 0 : Number(old !== undefined) + Number(next !== undefined);
}

function placeOf(columns: readonly string[], row: Values): string | undefined {
  const values = row && columns.map((column) => row[column] ?? null);
  return values && !values.includes(null) ? values.map(String).join("\n") : undefined;
}
