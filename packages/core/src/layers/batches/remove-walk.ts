import type { CallOptions, Engine } from "../../engine/engine.ts";
import { type Find, type Page, type RemoveRange, type RemoveRangeResult, remove } from "../../engine/operations.ts";
import { keyOf } from "../../engine/table.ts";
import { isConflict } from "../../errors.ts";

const tries = 5;

/** Removes a piece of a walk by the engine's own reads and writes: finds the rows, then removes them as they were found. */
export async function removeWalk(
  engine: Engine,
  op: RemoveRange & { readonly path: string },
  options: CallOptions | undefined,
): Promise<RemoveRangeResult> {
  const { limit, ...walk } = op;
  const most = Math.min(limit, engine.capabilities.atomicLimit.records);
  const find: Find = { ...walk, op: "find", limit: most, columns: op.table.key };
  for (let attempt = 1; ; attempt++) {
    const [page] = (await engine.read([find], options)) as unknown as [Page];
    try {
      await engine.write(
        page.rows.map((row) => remove(op.table, keyOf(op.table, row as never), { rev: row._rev })),
        options,
      );
      return { removed: page.rows.length, done: page.end === "exhausted" };
    } catch (error) {
      // Somebody wrote one of the rows meanwhile: it may not be in the range any more.
      if (!isConflict(error) || attempt === tries) throw error;
    }
  }
}
