import { type CallOptions, compareText, type StoredRecord } from "@stowage/core/engine";
import { beyond, type CountRequest, type Entries, type EntriesRequest, type Layout, type Span } from "@stowage/kv";
import type { Client, Item } from "./client.ts";
import type { ItemKey, Keys } from "./keys.ts";
import type { Expiry } from "./ttl.ts";

/** Records as they stand at one moment, for entries that are not certain. */
export type RecordsOf = (
  layout: Layout,
  ids: readonly string[],
  options: CallOptions,
) => Promise<readonly (StoredRecord | undefined)[]>;

/** An item of an index: `k` is the record's id; `t` says that a batch too large for one transaction may yet settle it. */
interface EntryItem extends ItemKey {
  readonly k: string;
  readonly t?: string;
}

interface QueryAnswer {
  readonly Items?: readonly (Item & EntryItem)[];
  readonly Count?: number;
  readonly ScannedCount?: number;
  readonly LastEvaluatedKey?: ItemKey;
}

/** Walks along index entries, read consistently from the table itself. */
export class EntryWalks {
  private readonly client: Client;
  private readonly keys: Keys;
  private readonly expiry: Expiry;
  private readonly recordsOf: RecordsOf;

  constructor(client: Client, keys: Keys, expiry: Expiry, recordsOf: RecordsOf) {
    this.client = client;
    this.keys = keys;
    this.expiry = expiry;
    this.recordsOf = recordsOf;
  }

  async page({ layout, span, direction, skip, limit }: EntriesRequest, options: CallOptions): Promise<Entries> {
    if (isEmpty(span)) return { entries: [], more: false };
    const entries: { place: string; id: string }[] = [];
    let toSkip = skip;
    let from: ItemKey | undefined;
    do {
      const how = { ScanIndexForward: direction === "asc", Limit: limit - entries.length + toSkip };
      const answer = await this.query(layout, span, how, from, options);
      for (const item of await this.standing(layout, span, answer.Items ?? [], options)) {
        if (toSkip > 0) toSkip--;
        else entries.push({ place: item.sk, id: item.k });
      }
      from = answer.LastEvaluatedKey;
    } while (from && entries.length < limit);
    return { entries, more: from !== undefined };
  }

  /** Counts in the database; where an entry is not certain, walks. */
  async count({ layout, span }: CountRequest, options: CallOptions): Promise<number> {
    if (isEmpty(span)) return 0;
    let count = 0;
    let from: ItemKey | undefined;
    do {
      const answer = await this.query(layout, span, certain(this.expiry), from, options);
      if (answer.Count !== answer.ScannedCount) return this.countOneByOne(layout, span, options);
      count += answer.Count ?? 0;
      from = answer.LastEvaluatedKey;
    } while (from);
    return count;
  }

  private async countOneByOne(layout: Layout, span: Span, options: CallOptions): Promise<number> {
    const items: EntryItem[] = [];
    let from: ItemKey | undefined;
    do {
      const answer = await this.query(layout, span, {}, from, options);
      items.push(...(answer.Items ?? []));
      from = answer.LastEvaluatedKey;
    } while (from);
    return (await this.standing(layout, span, items, options)).length;
  }

  /** The entries that count: those that have not expired and, when they are uncertain, whose record is where they say. */
  private async standing<Found extends EntryItem>(
    layout: Layout,
    span: Span,
    items: readonly Found[],
    options: CallOptions,
  ): Promise<Found[]> {
    const present = items.filter((item) => !this.expiry.isOver(item as unknown as Item));
    const ids = present.flatMap(({ k, t }) => (t === undefined ? [] : [k]));
    if (ids.length === 0) return present;
    const records = await this.recordsOf(layout, ids, options);
    const byId = new Map(ids.map((id, index) => [id, records[index]]));
    return present.filter(({ sk, k, t }) => {
      const record = t === undefined ? undefined : byId.get(k);
      const entry = record && layout.entry(span.index, record);
      return t === undefined || (entry?.group === span.group && entry.place === sk);
    });
  }

  private query(
    layout: Layout,
    span: Span,
    how: { readonly values?: Item; readonly names?: Readonly<Record<string, string>> } & Item,
    from: ItemKey | undefined,
    options: CallOptions,
  ): Promise<QueryAnswer> {
    const { values, names, ...rest } = how;
    const { pk, condition, bounds } = this.reachOf(layout, span);
    return this.client.send<QueryAnswer>(
      "QueryCommand",
      {
        TableName: this.client.tableName,
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk${condition}`,
        ExpressionAttributeValues: { ":pk": pk, ...bounds, ...values },
        ...(names && { ExpressionAttributeNames: names }),
        ...rest,
        ...(from && { ExclusiveStartKey: from }),
      },
      options,
    );
  }

  /** The part of the table that a span is: entries, or records that lie together. */
  private reachOf(layout: Layout, span: Span): { pk: string; condition: string; bounds: Item } {
    if (span.index.isOfRecords) {
      return { pk: this.keys.partition(span.group), ...rangeOf(sortKeysOf(this.keys, layout, span)) };
    }
    const pk = this.keys.group(layout, { index: span.index.name, group: span.group });
    return { pk, ...rangeOf(span) };
  }
}

/** Between which sort keys the records of a span lie, both included. */
export function sortKeysOf(keys: Keys, layout: Layout, span: Span): { from: string; to: string } {
  const prefix = keys.records(layout);
  const { from, to } = boundsOf(span);
  return { from: prefix + from, to: prefix + before(to) };
}

/** Records of a group have its name in front of their own, entries have not. */
const boundsOf = ({ group, from = group, to = beyond(group) }: Span) => ({ from, to });

/** DynamoDB refuses bounds that nothing lies between. */
export function isEmpty(span: Span): boolean {
  const { from, to } = span.index.isOfRecords ? boundsOf(span) : span;
  return from !== undefined && to !== undefined && compareText(from, to) >= 0;
}

/** What is last before a bound: no key condition excludes one beside a lower bound. Every place ends in `!`. */
const before = (to: string): string => (to.endsWith("!") ? `${to.slice(0, -1)} ` : to);

/** The part of a group; `to` is exclusive. */
function rangeOf({ from, to }: Pick<Span, "from" | "to">): { condition: string; bounds: Item } {
  if (from !== undefined && to !== undefined) {
    return { condition: " AND sk BETWEEN :from AND :to", bounds: { ":from": from, ":to": before(to) } };
  }
  if (from !== undefined) return { condition: " AND sk >= :from", bounds: { ":from": from } };
  return to !== undefined ? { condition: " AND sk < :to", bounds: { ":to": to } } : { condition: "", bounds: {} };
}

const certain = ({ attribute }: Expiry) => ({
  Select: "COUNT",
  FilterExpression: "attribute_not_exists(#t) AND (attribute_not_exists(#ttl) OR #ttl > :now)",
  names: { "#t": "t", "#ttl": attribute },
  values: { ":now": Math.floor(Date.now() / 1000) },
});
