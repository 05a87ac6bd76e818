import { type CallOptions, type Engine, isConflict, keyOf, patch, type Table } from "@stowage/core/engine";
import { journal, stack } from "@stowage/core/layers";
import type { DocumentEngine } from "./document-engine.ts";
import type { Level } from "./schema.ts";

const batchSize = 50;

/**
 * A database may change its level: a standalone server becomes a replica set, or the other way round. What the journal left
 * behind is finished before the first transaction; and before the first batch in the journal it learns which unique values
 * are taken.
 */
export async function changeLevel(
  documents: DocumentEngine,
  engine: Engine,
  level: Level,
  call: CallOptions | undefined,
): Promise<void> {
  const moved = documents.takeMoved();
  if (moved.length === 0) return;
  if (level === "native") await stack(documents, [journal()]).read([], call);
  else for (const table of moved) if (table.unique.length > 0) await claimAll(documents, engine, table, call);
  await documents.noteLevel(moved, call);
}

/** Writes every row again, as it is: a row that goes through the journal leaves its claims. */
async function claimAll(documents: DocumentEngine, engine: Engine, table: Table, call: CallOptions | undefined) {
  for await (const rows of documents.everyRow(table, batchSize, call)) {
    const again = rows.map((row) => patch(table, keyOf(table, row as never), { set: {}, expect: { rev: row._rev } }));
    await engine.write(again, call).catch(async (error) => {
      if (!isConflict(error)) throw error;
      // Somebody writes one of them just now, and makes its claims.
      for (const each of again) {
        await engine.write([each], call).catch((refusal) => {
          if (!isConflict(refusal)) throw refusal;
        });
      }
    });
  }
}
