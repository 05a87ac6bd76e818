import { type Entry, type Index, type Layout, reversed, type Span, sha256, unreversed } from "@stowage/kv";

/** KV takes keys of 512 bytes. */
const longestKey = 512;
const hashLength = 65;
/** A name of an index longer than this is shortened by a hash. */
const longestName = 24;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What stands in the metadata of an index entry: whose it is, and where it stands when its key does not tell. */
export interface EntryMetadata {
  readonly id: string;
  readonly place?: string;
}

/** Whether an index goes on in the order of the records' own keys, so that these serve as its entries. */
export function goesByKey({ table }: Pick<Layout, "table">, { eq, sort }: Pick<Index, "eq" | "sort">): boolean {
  return sort.length === 0 && eq.every((column, part) => column === table.key[part]);
}

/**
 * The keys of one store. All of a table's begin with its name; entries stand once for each direction, as KV walks forwards only.
 * An index by the records' keys has none.
 */
export class Keys {
  private readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  records(layout: Layout): string {
    return `${this.prefix}r:${layout.table.name}:`;
  }

  record(layout: Layout, id: string): string {
    return fit(this.records(layout) + id).key;
  }

  /** The id of the record that a listed key is of. */
  id(layout: Layout, key: string, metadata: EntryMetadata | undefined): string {
    return metadata?.id ?? key.slice(this.records(layout).length);
  }

  claim(layout: Layout, unique: string, value: string): string {
    return fit(`${this.prefix}u:${layout.table.name}:${short(unique)}:${value}`).key;
  }

  /** The keys of an index entry, with their metadata: two, or none where the record's own key serves. */
  entry(layout: Layout, { index, group, place }: Entry, id: string): { key: string; metadata: EntryMetadata }[] {
    const declared = layout.indexes.find(({ name }) => name === index);
    if (declared && goesByKey(layout, declared)) return [];
    return [
      this.group(layout, index, group, "asc") + place,
      this.group(layout, index, group, "desc") + reversed(place),
    ].map((whole) => {
      const { key, isCut } = fit(whole);
      return { key, metadata: isCut ? { id, place } : { id } };
    });
  }

  /** What all entries of a span begin with that is known of them. */
  span(layout: Layout, { index, group, from, to }: Span, direction: "asc" | "desc"): string {
    const shared = from !== undefined && to !== undefined ? sharedStart(from, to) : "";
    if (goesByKey(layout, index)) {
      const start = shared.startsWith(group) ? shared : group;
      return cutAt(this.records(layout) + start, longestKey - hashLength);
    }
    const head = this.group(layout, index.name, group, direction);
    const tail = direction === "asc" ? shared : reversedStart(shared);
    return cutAt(head + tail, longestKey - hashLength);
  }

  /** The place that a listed key stands for. */
  place(
    layout: Layout,
    { index, group }: Span,
    direction: "asc" | "desc",
    key: string,
    metadata: EntryMetadata | undefined,
  ): string {
    if (goesByKey(layout, index)) return this.id(layout, key, metadata);
    if (metadata?.place !== undefined) return metadata.place;
    const text = key.slice(this.group(layout, index.name, group, direction).length);
    return direction === "asc" ? text : unreversed(text);
  }

  /** What the keys of an index begin with, forwards. */
  index(layout: Layout, index: Index): string {
    return goesByKey(layout, index) ? this.records(layout) : this.group(layout, index.name, "", "asc");
  }

  private group({ table }: Layout, index: Index["name"], group: string, direction: "asc" | "desc"): string {
    return `${this.prefix}i:${table.name}:${short(index)}:${direction === "asc" ? ">" : "<"}${group}`;
  }
}

/** A key that is too long keeps its beginning and has all of it hashed behind. */
function fit(key: string): { key: string; isCut: boolean } {
  const bytes = encoder.encode(key);
  if (bytes.length <= longestKey) return { key, isCut: false };
  return { key: `${cutAt(key, longestKey - hashLength)}~${sha256(bytes)}`, isCut: true };
}

function cutAt(text: string, most: number): string {
  const bytes = encoder.encode(text);
  return bytes.length <= most ? text : decoder.decode(bytes.subarray(0, most)).replace(/\ufffd+$/, "");
}

const short = (name: string): string =>
  name.length <= longestName ? name : `${name.slice(0, longestName - 9)}~${sha256(encoder.encode(name)).slice(0, 8)}`;

/** What everything between two places begins with. */
function sharedStart(from: string, to: string): string {
  let length = 0;
  while (length < from.length && from[length] === to[length]) length++;
  // Half a character is no text.
  if (/[\ud800-\udbff]/.test(from[length - 1] ?? "")) length--;
  return from.slice(0, length);
}

/** What everything begins with, turned round, whose place begins so: the digits that later bytes have no part in. */
const reversedStart = (start: string): string =>
  reversed(start).slice(0, Math.floor((encoder.encode(start).length * 8) / 6));
