import type { StoredRecord } from "@stowage/core/engine";
import type { ChangeSet } from "./changes.ts";
import type { Layout } from "./layout.ts";
import type { LookedUp, LookUp } from "./record-port.ts";

/** Characters of text that are remembered, in all and of one record. */
const most = 4_000_000;
const mostOfOne = 100_000;
/** How long a record is not trusted that somebody else has changed: more may come from there. In milliseconds. */
const distrust = 10_000;
const mostDistrusted = 1_000;

interface Distrust {
  readonly until: number;
  /** Whether the record was thought to stand otherwise. One that was taken for new is only known not to be. */
  readonly isOvertaken: boolean;
}

/**
 * Records as this process last read or wrote them. A write that compares what it rests on may rest on these: at worst it is
 * refused, and has to look after all.
 */
export class RecentRecords {
  private readonly records = new Map<string, { readonly record: StoredRecord; readonly size: number }>();
  private readonly distrusted = new Map<string, Distrust>();
  private readonly now: () => number;
  private size = 0;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  get(layout: Layout, id: string): StoredRecord | undefined {
    return this.records.get(nameOf(layout, id))?.record;
  }

  /** Whether the record was not lately found to stand otherwise than was thought. */
  trusts(layout: Layout, id: string): boolean {
    return !this.distrustOf(nameOf(layout, id));
  }

  /** Remembers whole records that were read. */
  noteRead({ records }: LookUp, found: LookedUp["records"]): void {
    for (const [index, { layout, id, columns }] of records.entries()) {
      if (!columns || layout.columnNames.every((column) => columns.includes(column))) {
        this.note(layout, id, found[index]);
      }
    }
  }

  /** Remembers what a commit has left. */
  noteWritten({ changes }: ChangeSet): void {
    for (const { layout, id, after } of changes) this.note(layout, id, after);
  }

  /**
   * Forgets records that stand otherwise in the database than was thought, and does not trust them for a while. Those that
   * were taken for new, of which nothing was known, are remembered again as soon as they are read.
   */
  distrust(records: Iterable<{ readonly layout: Layout; readonly id: string }>): void {
    for (const { layout, id } of records) {
      const name = nameOf(layout, id);
      const isOvertaken = this.records.has(name) || this.distrustOf(name)?.isOvertaken === true;
      this.forget(name);
      this.distrusted.set(name, { until: this.now() + distrust, isOvertaken });
      const [oldest] = this.distrusted.keys();
      if (this.distrusted.size > mostDistrusted) this.distrusted.delete(oldest as string);
    }
  }

  private note(layout: Layout, id: string, record: StoredRecord | undefined): void {
    const name = nameOf(layout, id);
    this.forget(name);
    if (!record || this.distrustOf(name)?.isOvertaken) return;
    let size = name.length;
    for (const value of Object.values(record)) size += typeof value === "string" ? value.length : 8;
    if (size > mostOfOne) return;
    this.records.set(name, { record, size });
    this.size += size;
    for (const oldest of this.records.keys()) {
      if (this.size <= most) break;
      this.forget(oldest);
    }
  }

  private distrustOf(name: string): Distrust | undefined {
    const found = this.distrusted.get(name);
    return found && found.until > this.now() ? found : undefined;
  }

  private forget(name: string): void {
    this.size -= this.records.get(name)?.size ?? 0;
    this.records.delete(name);
  }
}

/** A record is another one to those who know other columns of it. */
const nameOf = ({ table, version }: Layout, id: string): string => `${table.name}\n${version}\n${id}`;
