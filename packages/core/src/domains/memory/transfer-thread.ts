import type { Engine } from "../../engine/engine.ts";
import type { Filter } from "../../engine/filter.ts";
import { type Change, modifyBy } from "../../engine/modify.ts";
import { type Find, find, get, patch, type WriteOp } from "../../engine/operations.ts";
import { isConflict } from "../../errors.ts";
import { fitsAtomically } from "../shared/batches.ts";
import type { DomainContext } from "../shared/context.ts";
import { readPage } from "../shared/pages.ts";
import { findableKey, writableKey } from "./arguments.ts";
import { threadScope } from "./delete-thread.ts";
import { threadKey } from "./observational/key.ts";
import { messages, observationalMemory, threads } from "./tables.ts";
import { raised, toThread } from "./thread-records.ts";
import { threadNotFound } from "./threads.ts";
import type { StorageThreadType } from "./types.ts";

/** The tables whose rows carry the owner of a thread: what was made of the messages before the messages. */
type Owned = typeof observationalMemory | typeof messages;

/** Rows of others. A row without an owner is one of them. */
function othersOf(table: Owned, threadId: string, owner: string, limit: number): Find<typeof messages, "id"> {
  const filter: Filter = { op: "not", arg: { op: "eq", column: "resourceId", value: owner } };
  const rest = { filter, limit, columns: ["id"] } as const;
  if (table === messages) return find(messages, { path: "byThread", eq: { thread_id: threadId }, ...rest });
  const walk = find(observationalMemory, { path: "byKey", eq: { lookupKey: threadKey(threadId) }, ...rest });
  // Of both tables only the ids are read.
  return walk as unknown as Find<typeof messages, "id">;
}

/** The changes that give rows, as they were read, to another owner. */
const moves = (table: Owned, rows: readonly { id: string; _rev: number }[], owner: string, now: number): WriteOp[] =>
  rows.map(({ id, _rev }) => {
    const expect = { rev: _rev };
    return table === messages
      ? patch(messages, [id], { set: { resourceId: owner }, expect })
      : patch(observationalMemory, [id], { set: { resourceId: owner, updatedAt: now }, expect });
  });

/**
 * Gives a thread to another owner: in one batch where it fits, else what belongs to the thread first and the thread last.
 * Rows are expected as read. A message that leaves the thread meanwhile keeps its owner; one that comes in moves the thread's
 * revision, and the last batch is refused.
 */
export async function transferThread(
  context: DomainContext,
  args: { threadId?: unknown; resourceId?: unknown },
): Promise<StorageThreadType> {
  const owner = writableKey(args.resourceId, () => "resourceId");
  const id = findableKey(args.threadId, "threadId");
  if (id === undefined) throw threadNotFound(args.threadId);
  const { engine, clock } = context;
  const most = engine.capabilities.atomicLimit.records - 1;
  return modifyBy(engine, threadScope(id), async (): Promise<Change<StorageThreadType>> => {
    const [{ rows }, memory, texts] = await engine.read([
      get(threads, [[id]]),
      othersOf(observationalMemory, id, owner, most),
      othersOf(messages, id, owner, most),
    ]);
    const row = rows[0];
    if (!row) throw threadNotFound(id);
    if (row.resourceId === owner) return { result: toThread(row) };
    const now = clock.now();
    const move = patch(threads, [id], {
      set: { resourceId: owner },
      raise: { updatedAt: now },
      expect: { rev: row._rev },
    });
    const children = [
      ...moves(observationalMemory, memory.rows, owner, now),
      ...moves(messages, texts.rows, owner, now),
    ];
    const isWhole = memory.end === "exhausted" && texts.end === "exhausted";
    const result = toThread({ ...row, resourceId: owner, updatedAt: raised(row.updatedAt, now) });
    if (isWhole && fitsAtomically([...children, move], engine.capabilities))
      return { write: [...children, move], result };
    await moveOthers(engine, id, owner, now);
    return { write: [move], result };
  });
}

/** Moves what belongs to the thread, run by run, until nothing of others is left. */
async function moveOthers(engine: Engine, id: string, owner: string, now: number): Promise<void> {
  const limit = Math.min(1000, engine.capabilities.atomicLimit.records);
  for (const table of [observationalMemory, messages]) {
    for (;;) {
      const page = await readPage(engine, othersOf(table, id, owner, limit));
      if (page.rows.length === 0) break;
      await engine.write(moves(table, page.rows, owner, now)).catch((error) => {
        if (!isConflict(error)) throw error;
      });
    }
  }
}
