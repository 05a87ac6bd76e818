import type { Engine } from "../../engine/engine.ts";
import type { Find, Page } from "../../engine/operations.ts";
import type { ColumnName, StoredRow, Table } from "../../engine/table.ts";

/** Reads a page of a walk to its limit or its end, however often the engine pauses. */
export async function readPage<T extends Table, K extends ColumnName<T>>(
  engine: Engine,
  op: Find<T, K>,
): Promise<Page<T, K>> {
  const [page] = (await engine.read([op])) as unknown as [Page<T, K>];
  return completePage(engine, op, page);
}

/**
 * Goes on where the engine stopped scanning before the page was full: a page ended by budget is no answer. Costs nothing
 * otherwise.
 */
export async function completePage<T extends Table, K extends ColumnName<T>>(
  engine: Engine,
  op: Find<T, K>,
  first: Page<T, K>,
): Promise<Page<T, K>> {
  let page = first;
  if (page.end !== "budget") return page;
  const rows: StoredRow<T, K>[] = [...page.rows];
  // The cursor stands behind what was passed over, so a continuation has no offset of its own.
  const { offset: _passed, limit, ...walk } = op;
  while (page.end === "budget") {
    const rest = {
      ...walk,
      ...(limit !== undefined && { limit: limit - rows.length }),
      ...(page.cursor !== undefined && { cursor: page.cursor }),
    } as Find<T, K>;
    [page] = (await engine.read([rest])) as unknown as [Page<T, K>];
    for (const row of page.rows) rows.push(row);
  }
  return { ...page, rows };
}

/** Walks to the end in pages of at most `size` rows. Pages may be empty. */
export async function* walkPages<T extends Table, K extends ColumnName<T>>(
  engine: Engine,
  walk: Find<T, K>,
  size: number,
): AsyncGenerator<StoredRow<T, K>[]> {
  for (let cursor = walk.cursor; ; ) {
    const op = { ...walk, limit: size, ...(cursor !== undefined && { cursor }) } as Find<T, K>;
    const [page] = (await engine.read([op])) as unknown as [Page<T, K>];
    yield page.rows;
    if (page.end === "exhausted") return;
    cursor = page.cursor;
  }
}
