import type { Table as NativeTable, Query } from "@lancedb/lancedb";
import type { StoredRecord, Walk } from "@stowage/core/engine";
import type { Library } from "./library.ts";
import { Maintenance } from "./maintenance.ts";
import { keyColumn, revisionColumn, type TableMapping } from "./mapping.ts";
import { spansOf } from "./read/spans.ts";
import { quoteText } from "./text.ts";

type Stored = Readonly<Record<string, string | number | null>>;

interface Scan {
  readonly columns: readonly string[];
  readonly where?: string;
  readonly order?: { readonly column: string; readonly descending: boolean };
  readonly limit?: number;
  readonly offset?: number;
}

/** A table that is open. Its writers of this process take turns: commits that meet would only be repeated. */
export class LanceTable {
  readonly mapping: TableMapping;
  private readonly native: NativeTable;
  private readonly library: Library;
  private readonly maintenance: Maintenance;
  private last: Promise<unknown> = Promise.resolve();

  constructor(native: NativeTable, mapping: TableMapping, library: Library) {
    this.native = native;
    this.mapping = mapping;
    this.library = library;
    this.maintenance = new Maintenance(native, mapping, library);
  }

  /** Rows in order, as they come; `visit` says whether it wants more. */
  async scan({ columns, where, order, limit, offset }: Scan, visit: (row: StoredRecord) => boolean): Promise<void> {
    await this.native.checkoutLatest();
    let query = this.native
      .query()
      .select([...new Set([keyColumn, revisionColumn, ...columns, ...(order ? [order.column] : [])])]);
    if (where !== undefined) query = query.where(where);
    if (order) query = query.orderBy({ columnName: order.column, ascending: !order.descending });
    if (limit !== undefined) query = query.limit(limit);
    if (offset !== undefined) query = query.offset(offset);
    for (const row of rowsOf(await query.toArrow())) if (!visit(this.mapping.decode(row, columns))) return;
  }

  /** Records by their stored keys. */
  async byKeys(keys: readonly string[], columns: readonly string[]): Promise<Map<string, StoredRecord>> {
    const found = new Map<string, StoredRecord>();
    if (keys.length === 0) return found;
    await this.native.checkoutLatest();
    const query = this.native
      .query()
      .where(oneOf(keys))
      .select([...new Set([keyColumn, revisionColumn, ...columns])]);
    for (const row of rowsOf(await query.toArrow())) {
      found.set(row[keyColumn] as string, this.mapping.decode(row, columns));
    }
    return found;
  }

  async count(walk: Walk): Promise<number> {
    await this.native.checkoutLatest();
    const { spans } = spansOf(this.mapping, { ...walk, op: "find" });
    const counts = await Promise.all(spans.map((where) => this.native.countRows(where)));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Writes a row while the stored one has this revision, or while there is none. Says whether it did. */
  swap(row: Stored, revision: number | undefined): Promise<boolean> {
    return this.turn(async () => {
      const merge = this.native.mergeInsert(keyColumn);
      const { numInsertedRows, numUpdatedRows } = await (revision === undefined
        ? merge.whenNotMatchedInsertAll()
        : merge.whenMatchedUpdateAll({ where: `target.\`${revisionColumn}\` = ${revision}` })
      ).execute(this.library.rows(this.mapping, [row]));
      return numInsertedRows + numUpdatedRows === 1;
    });
  }

  removeAt(key: string, revision: number): Promise<boolean> {
    return this.turn(async () => {
      const { numDeletedRows } = (await this.native.delete(
        `${oneOf([key])} AND \`${revisionColumn}\` = ${revision}`,
      )) as { numDeletedRows?: number };
      return numDeletedRows === 1;
    });
  }

  upsert(rows: readonly Stored[]): Promise<void> {
    return this.turn(async () => {
      const merge = this.native.mergeInsert(keyColumn).whenMatchedUpdateAll().whenNotMatchedInsertAll();
      await merge.execute(this.library.rows(this.mapping, rows));
    });
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.turn(async () => {
      for (let start = 0; start < keys.length; start += 1000) {
        await this.native.delete(oneOf(keys.slice(start, start + 1000)));
      }
    });
  }

  optimize(): Promise<void> {
    return this.maintenance.run();
  }

  close(): Promise<void> {
    return this.maintenance.settled();
  }

  private turn<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.last.then(task, task);
    this.last = result.then(
      () => this.maintenance.written(),
      () => {},
    );
    return result;
  }
}

/** Rows of an answer. Those that the library makes take columns of some names, such as `constructor`, for members of their own. */
function* rowsOf(answer: Awaited<ReturnType<Query["toArrow"]>>): Generator<Readonly<Record<string, unknown>>> {
  const columns = answer.schema.fields.map(({ name }) => [name, answer.getChild(name)] as const);
  for (let index = 0; index < answer.numRows; index++) {
    const row: Record<string, unknown> = Object.create(null);
    for (const [name, column] of columns) row[name] = column?.get(index);
    yield row;
  }
}

const oneOf = (keys: readonly string[]) => `\`${keyColumn}\` IN (${keys.map(quoteText).join(", ")})`;
