import {
  type Engine,
  type Find,
  find,
  get,
  type Key,
  type Page,
  type StoredRow,
  type Table,
  upsert,
} from "@stowage/core/engine";
import { things } from "./tables.ts";

type AnyRow = Readonly<Record<string, unknown>>;

/** One record, `undefined` when there is none. */
export async function fetch<T extends Table>(engine: Engine, table: T, key: Key): Promise<StoredRow<T> | undefined> {
  const [{ rows }] = await engine.read([get(table, [key])]);
  return rows[0] as StoredRow<T> | undefined;
}

/** One page, pages that a scan budget cut short joined. */
export async function pageOf<T extends Table>(engine: Engine, op: Find<T>): Promise<Page<T>> {
  const rows: StoredRow<T>[] = [];
  let next: Find<T> = op;
  for (;;) {
    const [page] = (await engine.read([next])) as unknown as [Page<T>];
    rows.push(...page.rows);
    if (page.end !== "budget") return { ...page, rows };
    const { offset: _, ...rest } = op;
    next = { ...rest, cursor: page.cursor as string };
    if (op.limit !== undefined) next = { ...next, limit: op.limit - rows.length };
  }
}

/** Every row of a walk, page by page. A walk that does not come to its end fails. */
export async function walkPages<T extends Table>(
  engine: Engine,
  op: Find<T>,
  mostPages = 10_000,
): Promise<StoredRow<T>[][]> {
  const pages: StoredRow<T>[][] = [];
  let next = op;
  while (pages.length < mostPages) {
    const page = await pageOf(engine, next);
    pages.push(page.rows);
    if (page.end === "exhausted") return pages;
    const { offset: _, ...rest } = op;
    next = { ...rest, cursor: page.cursor as string };
  }
  throw new Error(`the walk of ${op.path} had not ended after ${mostPages} pages`);
}

export const ids = (rows: readonly AnyRow[]): unknown[] => rows.map((row) => row.id);

/** A row as it was put: without its revision. */
export function withoutRevision<R extends AnyRow>(row: R): Omit<R, "_rev"> {
  const { _rev, ...rest } = row;
  return rest;
}

/** Everything that a test's scope of `things` holds, revisions included. */
export const contentOf = async (engine: Engine, scope: string): Promise<AnyRow[]> =>
  (await pageOf(engine, find(things, { path: "all", eq: { scope } }))).rows;

/** Fills a table for reading: in bulk, as the order of writes does not matter there. */
export async function seed<T extends Table>(
  engine: Engine,
  table: T,
  rows: readonly StoredRow<T>[] | readonly AnyRow[],
): Promise<void> {
  await engine.write(
    rows.map((row) => upsert(table, row as never)),
    { atomic: false },
  );
}
