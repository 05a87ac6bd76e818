import { type CallOptions, compareText, type StoredRecord } from "@stowage/core/engine";
import type { Gathered, GatheredRequest } from "@stowage/kv";
import type { Client, Item } from "./client.ts";
import { isEmpty, sortKeysOf } from "./entries.ts";
import type { ItemKey, Keys } from "./keys.ts";
import type { Records } from "./records.ts";
import { getItems } from "./requests.ts";
import type { Expiry } from "./ttl.ts";

type Found = Item & ItemKey;

/** Walks along records that lie together in one partition: a query gives them whole, without index entries. */
export class RecordWalks {
  private readonly client: Client;
  private readonly keys: Keys;
  private readonly expiry: Expiry;
  private readonly records: Records;

  constructor(client: Client, keys: Keys, expiry: Expiry, records: Records) {
    this.client = client;
    this.keys = keys;
    this.expiry = expiry;
    this.records = records;
  }

  async page(request: GatheredRequest, options: CallOptions): Promise<Gathered> {
    const { layout, beside } = request;
    const { items, besides, more } = await this.items(request, options);
    const idOf = ({ sk }: ItemKey) => sk.slice(this.keys.records(layout).length);
    const [records, other] = await Promise.all([
      Promise.all(items.map((item) => this.records.decode(layout, idOf(item), item, options))),
      beside && this.records.decode(beside.layout, beside.id, besides, options),
    ]);
    const last = items.at(-1);
    return {
      records: items.flatMap((item, index) => {
        const record = records[index] as StoredRecord | undefined;
        return record ? [{ id: idOf(item), record }] : [];
      }),
      ...(more && last && { through: idOf(last) }),
      ...(beside && { beside: other }),
    };
  }

  /** The items of a page that have not expired, and the one beside them. */
  private async items(
    { layout, span, direction, skip, limit, beside }: GatheredRequest,
    options: CallOptions,
  ): Promise<{ items: Found[]; besides: Item | undefined; more: boolean }> {
    const besideKey = beside && this.keys.record(beside.layout, beside.id);
    if (isEmpty(span)) {
      const found = besideKey ? await getItems(this.client, [besideKey], options) : new Map<string, Item>();
      return { items: [], besides: [...found.values()][0], more: false };
    }
    const { from, to } = sortKeysOf(this.keys, layout, span);
    const items: Found[] = [];
    let besides: Item | undefined;
    let toSkip = skip;
    let start: ItemKey | undefined;
    do {
      const answer = await this.client.send<{ Items?: Found[]; LastEvaluatedKey?: ItemKey }>(
        "QueryCommand",
        {
          TableName: this.client.tableName,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
          ExpressionAttributeValues: {
            ":pk": this.keys.partition(span.group),
            ":from": besideKey?.sk ?? from,
            ":to": to,
          },
          ScanIndexForward: direction === "asc",
          Limit: limit - items.length + toSkip + (besideKey && !start ? 1 : 0),
          ...(start && { ExclusiveStartKey: start }),
        },
        options,
      );
      for (const item of answer.Items ?? []) {
        if (item.sk === besideKey?.sk) besides = item;
        // Records of other tables may lie between the two.
        if (compareText(item.sk, from) < 0 || this.expiry.isOver(item)) continue;
        if (toSkip > 0) toSkip--;
        else items.push(item);
      }
      start = answer.LastEvaluatedKey;
    } while (start && items.length < limit);
    return { items, besides, more: start !== undefined };
  }
}
