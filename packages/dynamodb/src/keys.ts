import type { Claim, Entry, Layout, Span } from "@stowage/kv";

/** The key of an item. */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/**
 * Where things lie in the table. Partitions: `r#` a record, with those of other tables that have the same key and those that
 * lie together under it, `c#` its chunks, `i#` a group of an index, `u#` a unique value. Tables and indexes are named by us
 * and hold no `#`.
 */
export class Keys {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  record(layout: Layout, id: string): ItemKey {
    return { pk: this.partition(layout.partition(id)), sk: this.records(layout) + id };
  }

  /** Where records lie together that have this beginning of their ids in common. */
  partition(beginning: string): string {
    return `${this.prefix}r#${beginning}`;
  }

  /** What the sort keys of a table's records begin with. */
  records(layout: Layout): string {
    return `${layout.table.name}#`;
  }

  chunk(layout: Layout, id: string, generation: string, n: number): ItemKey {
    return { pk: `${this.prefix}c#${layout.table.name}#${id}`, sk: `${generation}#${String(n).padStart(6, "0")}` };
  }

  group(layout: Layout, { index, group }: Pick<Span, "group"> & { readonly index: string }): string {
    return `${this.prefix}i#${layout.table.name}#${index}#${group}`;
  }

  entry(layout: Layout, entry: Entry): ItemKey {
    return { pk: this.group(layout, entry), sk: entry.place };
  }

  claim(layout: Layout, { unique, value }: Claim): ItemKey {
    return { pk: `${this.prefix}u#${layout.table.name}#${unique}#${value}`, sk: "." };
  }
}

/** An item key as one text. */
export const keyText = ({ pk, sk }: ItemKey): string => `${pk}\n${sk}`;
