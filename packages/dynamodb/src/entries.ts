import { type CallOptions, compareText, type StoredRecord } from "@stowage/core/engine";
import type { CountRequest, Entries, EntriesRequest, Layout, Span } from "@stowage/kv";
import type { Client, Item } from "./client.ts";
import type { ItemKey, Keys } from "./keys.ts";
import type { Expiry } from "./ttl.ts";

/** A record as it stands, for an entry that is not certain. */
export type RecordOf = (layout: Layout, id: string, options: CallOptions) => Promise<StoredRecord | undefined>;

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
  private readonly recordOf: RecordOf;

  constructor(client: Client, keys: Keys, expiry: Expiry, recordOf: RecordOf) {
    this.client = client;
    this.keys = keys;
    this.expiry = expiry;
    this.recordOf = recordOf;
  }

  async page({ layout, span, direction, skip, limit }: EntriesRequest, options: CallOptions): Promise<Entries> {
    if (isEmpty(span)) return { entries: [], more: false };
    const entries: { place: string; id: string }[] = [];
    let toSkip = skip;
    let from: ItemKey | undefined;
    do {
      const answer = await this.query(
        layout,
        span,
        { ScanIndexForward: direction === "asc", Limit: limit - entries.length + toSkip },
        from,
        options,
      );
      for (const item of answer.Items ?? []) {
        if (item.sk === span.to || !(await this.stands(layout, span, item, options))) continue;
        if (toSkip > 0) toSkip--;
        else entries.push({ place: item.sk, id: item.k });
      }
      from = answer.LastEvaluatedKey;
    } while (from && entries.length < limit);
    return { entries, more: from !== undefined };
  }

  /** Counts in the database, and looks only at entries that are not certain. */
  async count({ layout, span }: CountRequest, options: CallOptions): Promise<number> {
    if (isEmpty(span)) return 0;
    let count = 0;
    let from: ItemKey | undefined;
    let uncertain = false;
    do {
      const answer = await this.query(layout, span, certain(this.expiry), from, options);
      count += answer.Count ?? 0;
      uncertain ||= answer.Count !== answer.ScannedCount;
      from = answer.LastEvaluatedKey;
    } while (from);
    if (!uncertain) return count;
    do {
      const answer = await this.query(layout, span, onlyUncertain, from, options);
      for (const item of answer.Items ?? []) if (await this.stands(layout, span, item, options)) count++;
      from = answer.LastEvaluatedKey;
    } while (from);
    return count;
  }

  /** Whether the entry counts: it has not expired, and when it is uncertain, its record is where it says. */
  private async stands(layout: Layout, span: Span, item: Item & EntryItem, options: CallOptions): Promise<boolean> {
    if (this.expiry.isOver(item)) return false;
    if (item.t === undefined) return true;
    const record = await this.recordOf(layout, item.k, options);
    const entry = record && layout.entry(span.index, record);
    return entry?.group === span.group && entry.place === item.sk;
  }

  private query(
    layout: Layout,
    span: Span,
    how: { readonly values?: Item; readonly names?: Readonly<Record<string, string>> } & Item,
    from: ItemKey | undefined,
    options: CallOptions,
  ): Promise<QueryAnswer> {
    const { values, names, ...rest } = how;
    const { condition, bounds } = rangeOf(span);
    const group = this.keys.group(layout, { index: span.index.name, group: span.group });
    return this.client.send<QueryAnswer>(
      "QueryCommand",
      {
        TableName: this.client.tableName,
        ConsistentRead: true,
        KeyConditionExpression: `pk = :pk${condition}`,
        ExpressionAttributeValues: { ":pk": group, ...bounds, ...values },
        ...(names && { ExpressionAttributeNames: names }),
        ...rest,
        ...(from && { ExclusiveStartKey: from }),
      },
      options,
    );
  }
}

/** DynamoDB refuses bounds that nothing lies between. */
const isEmpty = ({ from, to }: Span): boolean => from !== undefined && to !== undefined && compareText(from, to) >= 0;

/** The part of a group. `to` is exclusive, but no key condition says that beside a lower bound; no place is equal to it. */
function rangeOf({ from, to }: Span): { condition: string; bounds: Item } {
  if (from !== undefined && to !== undefined) {
    return { condition: " AND sk BETWEEN :from AND :to", bounds: { ":from": from, ":to": to } };
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

const onlyUncertain = { FilterExpression: "attribute_exists(#t)", names: { "#t": "t" } };
