import { count, type Walk } from "../../engine/operations.ts";
import type { PathName, Table } from "../../engine/table.ts";
import type { DomainContext } from "./context.ts";
import { type PruneOptions, type PruneResult, pruneTable, type TableRetentionPolicy } from "./retention.ts";

/**
 * Prunes a table whose rows stand for themselves: those before the cutoff along `path`, whose first sort column is the anchor
 * and which has no equality columns. An engine may remove less at a time than a batch asks for.
 */
export function pruneRows<T extends Table>(
  { engine, clock }: DomainContext,
  domain: string,
  table: T,
  path: PathName<T>,
  policy: TableRetentionPolicy,
  options: PruneOptions,
): Promise<PruneResult> {
  const older = (cutoff: number): Walk<T> => ({ table, path, range: { upper: { at: [cutoff], inclusive: false } } });
  const removeBatch = async (cutoff: number, limit: number) => {
    let removed = 0;
    for (let done = false; !done && removed < limit; ) {
      const piece = await engine.removeRange({ ...older(cutoff), limit: limit - removed });
      removed += piece.removed;
      done = piece.done;
    }
    return removed;
  };
  const countOlder = async (cutoff: number) => {
    const [{ count: total }] = await engine.read([count(table, older(cutoff))]);
    return total;
  };
  return pruneTable(domain, table.name, policy, options, removeBatch, clock.now(), countOlder);
}
