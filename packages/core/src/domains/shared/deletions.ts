import { boolean, text, timestamp } from "../../engine/column.ts";
import type { Engine } from "../../engine/engine.ts";
import {
  type Check,
  check,
  type Find,
  find,
  type Get,
  get,
  insert,
  insertOrSkip,
  patch,
  type Remove,
  remove,
  type WriteOp,
} from "../../engine/operations.ts";
import { defineTable, keyOf, type StoredRow, type Table } from "../../engine/table.ts";
import { isConflict, type Refusal } from "../../errors.ts";
import { readPage } from "./pages.ts";

/**
 * Deletions under way that do not fit one batch. A record here says: the parent `id` of this kind is deleted, though some of
 * its children still stand. It is written in the same batch that removes the parent, so from then on neither exists for a
 * reader, and it goes when the last child has gone. Whoever creates the id again finishes the deletion first.
 *
 * A claim is the same at the other end: a parent that is being made, its children first. Whoever else wants the id turns the
 * claim into a deletion.
 */
export const deletions = defineTable(
  "stowage_deletions",
  { domain: text(), kind: text(), id: text(), isClaim: boolean(), createdAt: timestamp() },
  { key: ["domain", "kind", "id"], paths: { byKind: { eq: ["domain", "kind"], sort: ["createdAt"] } } },
);

/** The pending deletions of one kind of parent. */
export class Deletions {
  private readonly domain: string;
  private readonly kind: string;

  constructor(domain: string, kind: string) {
    this.domain = domain;
    this.kind = kind;
  }

  /** Goes into the batch that removes the parent. */
  mark(id: string, now: number): WriteOp {
    return insertOrSkip(deletions, { domain: this.domain, kind: this.kind, id, isClaim: false, createdAt: now });
  }

  /** Removes the mark: the last step. */
  unmark(id: string): Remove {
    return remove(deletions, this.keyOf(id));
  }

  /** Goes into every batch that creates a parent. When it is the refused operation, finish the deletion and try again. */
  none(id: string): Check<typeof deletions> {
    return check(deletions, this.keyOf(id), "absent");
  }

  /** Reads whether these ids are being deleted: goes beside a read of their children. */
  among(ids: readonly string[]): Get<typeof deletions> {
    return get(
      deletions,
      ids.map((id) => this.keyOf(id)),
    );
  }

  /** Reads all ids that are being deleted: goes beside reads that reach children without their parent. Few or none. */
  all(): Find<typeof deletions> {
    return find(deletions, { path: "byKind", eq: { domain: this.domain, kind: this.kind } });
  }

  /**
   * Carries a marked deletion to its end: removes all rows of the walks in bounded chunks, then the mark. A claim becomes a
   * deletion first, so that its holder writes no more. Any number of callers may do so at once: each chunk expects the very
   * mark and the rows as they were read, so that a slow caller cannot touch what was made after a faster one had finished,
   * nor a row that has moved elsewhere.
   */
  async finish(engine: Engine, id: string, walks: readonly ChildWalk[]): Promise<void> {
    const rev = await this.deletionOf(engine, id);
    if (rev === undefined) return;
    const marked = this.held(id, rev);
    const limit = Math.min(1000, engine.capabilities.atomicLimit.records - 1);
    for (const { table, path, eq } of walks) {
      for (;;) {
        const page = await readPage(engine, find(table, { path, eq, limit, columns: table.key }));
        if (page.rows.length === 0) break;
        const removals = page.rows.map((row) => remove(table, keyOf(table, row), { rev: row._rev }));
        const refusal = await refusalOf(engine.write([marked, ...removals]));
        if (refusal?.table === deletions.name) return;
      }
    }
    await refusalOf(engine.write([this.release(id, rev)]));
  }

  /** The revision of the mark, which is no claim any more; `undefined` when there is none. */
  private async deletionOf(engine: Engine, id: string): Promise<number | undefined> {
    for (;;) {
      const [{ rows }] = await engine.read([this.among([id])]);
      const mark = rows[0];
      if (!mark?.isClaim) return mark?._rev;
      const change = patch(deletions, this.keyOf(id), { set: { isClaim: false }, expect: { rev: mark._rev } });
      await refusalOf(engine.write([change]));
    }
  }

  /**
   * Takes an id that nobody has for a parent which is made children first. Until the parent is there, readers hide what stands
   * under the mark, and whoever else wants the id removes it as an unfinished deletion: then {@link held} refuses the maker.
   * Refused itself while a mark stands.
   */
  claim(id: string, now: number): WriteOp {
    return insert(deletions, { domain: this.domain, kind: this.kind, id, isClaim: true, createdAt: now });
  }

  /** Goes beside every write under a mark. `rev` is the revision that it was written with. */
  held(id: string, rev: number): Check<typeof deletions> {
    return check(deletions, this.keyOf(id), { rev });
  }

  /** Takes a mark away, a claim in the batch that makes the parent. */
  release(id: string, rev: number): Remove {
    return remove(deletions, this.keyOf(id), { rev });
  }

  private keyOf(id: string) {
    return [this.domain, this.kind, id];
  }
}

/** Why a write was refused, if it was. */
async function refusalOf(write: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await write;
  } catch (error) {
    if (isConflict(error)) return error.refusal;
    throw error;
  }
  return undefined;
}

/** The children of one parent in one table. */
export interface ChildWalk {
  readonly table: Table;
  readonly path: string;
  readonly eq: Readonly<Record<string, string>>;
}

/** The ids in an answer to {@link Deletions.among} or {@link Deletions.all}. */
export function deletedIds(rows: readonly (StoredRow<typeof deletions> | undefined)[]): Set<string> {
  return new Set(rows.flatMap((row) => (row ? [row.id] : [])));
}

/** Removes all rows of walks in bounded chunks, for children that nobody reads any more. */
export async function removeAll(engine: Engine, walks: readonly ChildWalk[]): Promise<void> {
  for (const { table, path, eq } of walks) {
    const limit = Math.min(1000, engine.capabilities.bulkLimit.records);
    for (let done = false; !done; ) {
      const [page] = await engine.read([find(table, { path, eq, limit, columns: table.key })]);
      done = page.end === "exhausted";
      if (page.rows.length > 0) {
        await engine.write(
          page.rows.map((row) => remove(table, keyOf(table, row))),
          { atomic: false },
        );
      }
    }
  }
}
