import type { Engine } from "./engine.ts";
import { encodeTuple } from "./keys.ts";
import type { Key, WriteOp } from "./operations.ts";
import { keyOf, type StoredRow, type Table } from "./table.ts";

/** Characters of text that are remembered, in all and of one row. */
const most = 4_000_000;
const mostOfOne = 100_000;
/** How long a row is not remembered that somebody else has changed: more may come from there. In milliseconds. */
const distrust = 10_000;
const mostDistrusted = 1_000;

/** Names a record among all of an engine. */
export const recordName = (table: Table, key: Key): string => `${table.name}/${encodeTuple(key)}`;

/**
 * Rows as this process last left them. A write that insists on the revision of such a row needs no read before it: at worst it
 * is refused.
 */
export class RecentRows {
  private readonly rows = new Map<string, { readonly row: StoredRow; readonly size: number }>();
  /** Tables of which there has been a row. */
  private readonly tables = new Set<Table>();
  private readonly distrusted = new Map<string, number>();
  private readonly now: () => number;
  private size = 0;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** The row, which is not remembered any longer. */
  take(name: string): StoredRow | undefined {
    const known = this.rows.get(name);
    if (known) this.forget(name);
    return known?.row;
  }

  keep(table: Table, name: string, row: StoredRow): void {
    this.forget(name);
    this.tables.add(table);
    const until = this.distrusted.get(name);
    if (until !== undefined && until > this.now()) return;
    let size = name.length;
    for (const column in row) {
      const value = (row as Record<string, unknown>)[column];
      size += typeof value === "string" ? value.length : 8;
    }
    if (size > mostOfOne) return;
    this.rows.set(name, { row, size });
    this.size += size;
    for (const oldest of this.rows.keys()) {
      if (this.size <= most) break;
      this.forget(oldest);
    }
  }

  /** The row stood otherwise in the database than was thought. */
  distrust(name: string): void {
    this.forget(name);
    this.distrusted.delete(name);
    this.distrusted.set(name, this.now() + distrust);
    const [oldest] = this.distrusted.keys();
    if (this.distrusted.size > mostDistrusted) this.distrusted.delete(oldest as string);
  }

  /** Forgets what these operations are about to change. */
  forgetAll(ops: readonly WriteOp[]): void {
    if (this.rows.size === 0) return;
    for (const op of ops) {
      if (op.op === "check" || !this.tables.has(op.table)) continue;
      this.forget(recordName(op.table, op.op === "put" ? keyOf(op.table, op.row) : op.key));
    }
  }

  private forget(name: string): void {
    const known = this.rows.get(name);
    if (!known) return;
    this.size -= known.size;
    this.rows.delete(name);
  }
}

const all = new WeakMap<Engine, RecentRows>();

/** What is remembered of an engine. */
export function recentRows(engine: Engine): RecentRows {
  let recent = all.get(engine);
  if (!recent) all.set(engine, (recent = new RecentRows()));
  return recent;
}
