import { type Capabilities, compareText, type Direction, StorageError, type StoredRecord } from "@stowage/core/engine";
import type { ChangeSet, Entries, EntriesRequest, Layout, LookedUp, LookUp, RecordPort, Span } from "../src/index.ts";
import { packRow, reversed, unpackRow, unreversed } from "../src/index.ts";

const mebibyte = 1024 * 1024;

export const capabilities: Capabilities = Object.freeze({
  atomicity: "native",
  atomicLimit: Object.freeze({ records: 200, bytes: 4 * mebibyte }),
  bulkLimit: Object.freeze({ records: 100, bytes: 4 * mebibyte }),
  compareAndSwap: true,
  readYourWrites: true,
  nativeFilter: false,
  nativeJsonFilter: false,
  nativeAggregate: false,
  timeToLive: false,
  maxValueBytes: mebibyte,
  maxKeyBytes: 600,
  maxGetKeys: 100,
});

/** The smallest thing that could be called an ordered key-value database: texts, in UTF-8 order, read from somewhere on. */
export class OrderedMap {
  readonly values = new Map<string, string>();
  /** How many requests were answered. */
  requests = 0;
  private sorted: string[] | undefined;

  get(key: string): string | undefined {
    return this.values.get(key);
  }

  set(key: string, value: string): void {
    if (!key.isWellFormed()) throw new Error("a key is not well-formed");
    if (!this.values.has(key)) this.sorted = undefined;
    this.values.set(key, value);
  }

  delete(key: string): void {
    if (this.values.delete(key)) this.sorted = undefined;
  }

  /** Keys that begin with the prefix and are not below `from`, forwards. */
  *list(prefix: string, from: string): Generator<string> {
    this.sorted ??= [...this.values.keys()].sort(compareText);
    const { sorted } = this;
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareText(sorted[middle] as string, from) < 0) low = middle + 1;
      else high = middle;
    }
    for (let at = low; at < sorted.length && (sorted[at] as string).startsWith(prefix); at++)
      yield sorted[at] as string;
  }
}

/**
 * A port on an ordered map as a database would have it: records, entries and claims are keys of their own; it walks forwards
 * only, so that each entry is there twice; a commit compares what it rests on.
 */
export class OrderedMapPort implements RecordPort {
  readonly name = "ordered-map";
  readonly capabilities = capabilities;
  readonly maxPartBytes = 600;
  readonly commitCompares = true;
  private readonly map: OrderedMap;
  private readonly prefix: string;
  private closed = false;

  constructor(map: OrderedMap, prefix = "") {
    this.map = map;
    this.prefix = prefix;
  }

  translate(error: unknown): unknown {
    return new StorageError("the map failed", { code: "internal", cause: error });
  }

  async lookUp({ records, claims }: LookUp): Promise<LookedUp> {
    await this.request();
    return {
      records: records.map(({ layout, id }) => this.record(layout, id)),
      owners: claims.map((claim) => this.map.get(this.claimKey(claim))),
    };
  }

  async entries(requests: readonly EntriesRequest[]): Promise<Entries[]> {
    await this.request();
    return requests.map(({ layout, span, direction, skip, limit }) => {
      const entries: Entries["entries"][number][] = [];
      let passed = 0;
      for (const entry of this.walk(layout, span, direction)) {
        if (passed++ < skip) continue;
        if (entries.length === limit) return { entries, more: true };
        entries.push(entry);
      }
      return { entries, more: false };
    });
  }

  async count(requests: readonly { layout: Layout; span: Span }[]): Promise<number[]> {
    await this.request();
    return requests.map(({ layout, span }) => [...this.walk(layout, span, "asc")].length);
  }

  async ids({ layout, limit, after }: { layout: Layout; limit: number; after?: string }) {
    await this.request();
    const prefix = this.recordKey(layout, "");
    const ids: string[] = [];
    for (const key of this.map.list(prefix, prefix + (after ?? ""))) {
      const id = key.slice(prefix.length);
      if (id === after) continue;
      if (ids.length === limit) return { ids, next: ids.at(-1) as string };
      ids.push(id);
    }
    return { ids };
  }

  async commit(set: ChangeSet): Promise<boolean> {
    await this.request();
    for (const { layout, id, before } of [...set.changes, ...set.checks]) {
      if (this.record(layout, id)?._rev !== before?._rev) return false;
    }
    for (const claim of set.claims) if (this.map.get(this.claimKey(claim)) !== claim.before) return false;
    this.store(set);
    return true;
  }

  async apply(set: ChangeSet): Promise<void> {
    await this.request();
    this.store(set);
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  private store({ changes, claims }: ChangeSet): void {
    for (const { layout, id, after, put, remove } of changes) {
      const key = this.recordKey(layout, id);
      if (after) this.map.set(key, `${after._rev} ${packRow(layout, after)}`);
      else this.map.delete(key);
      for (const entry of remove) for (const both of this.entryKeys(layout, entry)) this.map.delete(both);
      for (const entry of put) for (const both of this.entryKeys(layout, entry)) this.map.set(both, id);
    }
    for (const claim of claims) {
      if (claim.after === undefined) this.map.delete(this.claimKey(claim));
      else this.map.set(this.claimKey(claim), claim.after);
    }
  }

  private record(layout: Layout, id: string): StoredRecord | undefined {
    const value = this.map.get(this.recordKey(layout, id));
    if (value === undefined) return undefined;
    const blank = value.indexOf(" ");
    return unpackRow(layout, value.slice(blank + 1), Number(value.slice(0, blank)));
  }

  private *walk(layout: Layout, { index, group, from, to }: Span, direction: Direction) {
    const prefix = this.entryPrefix(layout, index.name, group, direction);
    for (const key of this.map.list(prefix, direction === "asc" ? prefix + (from ?? "") : prefix)) {
      const text = key.slice(prefix.length);
      const place = direction === "asc" ? text : unreversed(text);
      if (to !== undefined && compareText(place, to) >= 0) continue;
      if (from !== undefined && compareText(place, from) < 0) continue;
      yield { place, id: this.map.get(key) as string };
    }
  }

  private entryKeys(
    layout: Layout,
    { index, group, place }: { index: string; group: string; place: string },
  ): string[] {
    return [
      this.entryPrefix(layout, index, group, "asc") + place,
      this.entryPrefix(layout, index, group, "desc") + reversed(place),
    ];
  }

  private entryPrefix = (layout: Layout, index: string, group: string, direction: Direction) =>
    `${this.prefix}${direction} ${layout.table.name} ${index} ${group} `;
  private recordKey = (layout: Layout, id: string) => `${this.prefix}record ${layout.table.name} ${id}`;
  private claimKey = ({ layout, unique, value }: { layout: Layout; unique: string; value: string }) =>
    `${this.prefix}claim ${layout.table.name} ${unique} ${value}`;

  /** Everything else may happen between two requests. */
  private async request(): Promise<void> {
    if (this.closed) throw new StorageError("the storage is closed", { code: "closed" });
    this.map.requests++;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
