import type { Table as NativeTable, Query } from "@lancedb/lancedb";
import type { StoredRecord, Walk } from "@stowage/core/engine";
import { appliedOf, type Change, type Kind, type Stored, WaitingChanges } from "./changes.ts";
import { LastRead } from "./last-read.ts";
import type { Library } from "./library.ts";
import { Maintenance, type MaintenanceListener } from "./maintenance.ts";
import { keyColumn, revisionColumn, type TableMapping } from "./mapping.ts";
import { spansOf } from "./read/spans.ts";
import { quoteText } from "./text.ts";

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
  private readonly waiting = new WaitingChanges();
  private readonly lastRead = new LastRead();
  private last: Promise<unknown> = Promise.resolve();

  constructor(native: NativeTable, mapping: TableMapping, library: Library, failed: MaintenanceListener) {
    this.native = native;
    this.mapping = mapping;
    this.library = library;
    this.maintenance = new Maintenance(native, mapping, library, failed);
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
    const [only] = keys.length === 1 ? keys : [];
    const version = only === undefined ? 0 : await this.native.version();
    const known = only === undefined ? undefined : this.lastRead.at(version, only, columns);
    for (const row of known ?? rowsOf(await this.queryKeys(keys, columns))) {
      if (only !== undefined) this.lastRead.note(version, only, row);
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
    return this.change({ key: row[keyColumn] as string, row, ...(revision !== undefined && { revision }) });
  }

  removeAt(key: string, revision: number): Promise<boolean> {
    return this.change({ key, revision });
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

  private queryKeys(keys: readonly string[], columns: readonly string[]) {
    return this.native
      .query()
      .where(oneOf(keys))
      .select([...new Set([keyColumn, revisionColumn, ...columns])])
      .toArrow();
  }

  private change(change: Change): Promise<boolean> {
    const { isFirst, applied } = this.waiting.add(change);
    if (isFirst) this.changeWaiting();
    return applied;
  }

  private changeWaiting(): void {
    void this.turn(async () => {
      const more = await this.waiting.run((kind, changes) => this.commit(kind, changes));
      if (more) this.changeWaiting();
    });
  }

  /** Makes changes of one kind in one commit. Says of each whether its record was as it had to be. */
  private async commit(kind: Kind, changes: readonly Change[]): Promise<readonly boolean[]> {
    const { count, version } = kind === "remove" ? await this.removeThese(changes) : await this.merge(kind, changes);
    const [only] = changes.length === 1 ? changes : [];
    if (only?.row && count === 1) this.lastRead.note(version, only.key, only.row);
    if (count === 0 || count === changes.length) return changes.map(() => count > 0);
    const found = await this.byKeys(
      changes.map(({ key }) => key),
      this.mapping.all,
    );
    return appliedOf(changes, count, ({ key, row }) => {
      const now = found.get(key);
      return row ? now !== undefined && isSame(now, this.mapping.decode(row, this.mapping.all)) : now === undefined;
    });
  }

  private async merge(kind: Kind, changes: readonly Change[]): Promise<{ count: number; version: number }> {
    const rows = changes.map(({ row }) => row as Stored);
    const merge = this.native.mergeInsert(keyColumn);
    const { numInsertedRows, numUpdatedRows, version } = await (kind === "insert"
      ? merge.whenNotMatchedInsertAll()
      : merge.whenMatchedUpdateAll({ where: asTheyWere(changes, "target.") })
    ).execute(this.library.rows(this.mapping, rows));
    return { count: numInsertedRows + numUpdatedRows, version };
  }

  private async removeThese(changes: readonly Change[]): Promise<{ count: number; version: number }> {
    const { numDeletedRows, version } = await this.native.delete(asTheyWere(changes));
    return { count: numDeletedRows, version };
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

/** Records with the revisions that they must have. */
const asTheyWere = (changes: readonly Change[], of = ""): string =>
  changes
    .map(
      ({ key, revision }) => `(${of}\`${keyColumn}\` = ${quoteText(key)} AND ${of}\`${revisionColumn}\` = ${revision})`,
    )
    .join(" OR ");

const isSame = (a: StoredRecord, b: StoredRecord): boolean => Object.keys(b).every((name) => a[name] === b[name]);

const oneOf = (keys: readonly string[]) => `\`${keyColumn}\` IN (${keys.map(quoteText).join(", ")})`;
