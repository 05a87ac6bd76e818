import type { Engine } from "../../engine/engine.ts";
import type { Table } from "../../engine/table.ts";

/** Removes every row of tables, one table after the other, in bounded batches. */
export async function clearTables(engine: Engine, tables: readonly Table[]): Promise<void> {
  const limit = Math.min(1000, engine.capabilities.bulkLimit.records);
  for (const table of tables) {
    for (let done = false; !done; ) ({ done } = await engine.removeRange({ table, limit }));
  }
}
