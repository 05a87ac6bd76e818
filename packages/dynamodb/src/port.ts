import { type CallOptions, type Clock, compareText, type StoredRecord } from "@stowage/core/engine";
import type {
  ChangeSet,
  CountRequest,
  Entries,
  EntriesRequest,
  Gathered,
  GatheredRequest,
  Layout,
  LookedUp,
  LookUp,
  RecordChange,
  RecordPort,
  TableRequest,
} from "@stowage/kv";
import { capabilities } from "./capabilities.ts";
import { Claims } from "./claims.ts";
import type { Client, Item } from "./client.ts";
import { Committer } from "./commit.ts";
import { EntryWalks, type RecordsOf } from "./entries.ts";
import { translate } from "./errors.ts";
import { type ItemKey, Keys, keyText } from "./keys.ts";
import { RecordWalks } from "./record-walks.ts";
import { Records } from "./records.ts";
import { cut, getItems, getItemsAtOnce, inParallel, keysAtOnce } from "./requests.ts";
import { Expiry, type TtlConfig } from "./ttl.ts";

export interface DynamoPortOptions {
  readonly client: Client;
  readonly keyPrefix: string;
  readonly ttl?: TtlConfig | undefined;
  readonly clock?: Pick<Clock, "sequence"> | undefined;
}

/** Records of the bulk form in one transaction: they rest on nothing together, and small transactions meet fewer others. */
const bulkAtOnce = 10;

/** Records, index entries and unique values as items of one table. */
export class DynamoPort implements RecordPort {
  readonly name = "dynamodb";
  readonly capabilities = capabilities;
  /** A sort key has 1,024 bytes (DynamoDB, "Quotas"), which up to six parts share. */
  readonly maxPartBytes = 160;
  readonly translate = translate;
  readonly commitCompares = true;
  readonly mostOfOneMoment = keysAtOnce;
  readonly clock?: Pick<Clock, "sequence">;
  private readonly client: Client;
  private readonly keys: Keys;
  private readonly records: Records;
  private readonly walks: EntryWalks;
  private readonly together: RecordWalks;
  private readonly claims: Claims;
  private readonly committer: Committer;

  constructor({ client, keyPrefix, ttl, clock }: DynamoPortOptions) {
    const expiry = new Expiry(ttl);
    this.client = client;
    this.keys = new Keys(keyPrefix);
    this.records = new Records(client, this.keys, expiry);
    const recordsOf: RecordsOf = (layout, ids, options) => this.recordsOf(layout, ids, options);
    this.walks = new EntryWalks(client, this.keys, expiry, recordsOf);
    this.together = new RecordWalks(client, this.keys, expiry, this.records);
    this.claims = new Claims(client, this.keys, expiry, recordsOf);
    this.committer = new Committer(client, this.keys, expiry, this.records, this.claims);
    if (clock) this.clock = clock;
  }

  async lookUp({ records, claims, atOnce }: LookUp, options: CallOptions): Promise<LookedUp> {
    const recordKeys = records.map(({ layout, id }) => this.keys.record(layout, id));
    const claimKeys = claims.map(({ layout, ...claim }) => this.keys.claim(layout, claim));
    const keys = [...recordKeys, ...claimKeys];
    const { items, isOfOneMoment } = atOnce
      ? await getItemsAtOnce(this.client, keys, options)
      : { items: await getItems(this.client, keys, options), isOfOneMoment: false };
    const itemAt = (key: ItemKey) => items.get(keyText(key));
    const found = await Promise.all(
      records.map(({ layout, id }, index) =>
        this.records.decode(layout, id, itemAt(recordKeys[index] as ItemKey), options),
      ),
    );
    if (claims.length === 0) return { records: found, owners: [], isOfOneMoment };
    const byKey = new Map(recordKeys.map((key, index) => [keyText(key), found[index]]));
    const known = (layout: Layout, id: string) => byKey.get(keyText(this.keys.record(layout, id)));
    return { records: found, owners: await this.claims.holders(claims, itemAt, known, options) };
  }

  entries(requests: readonly EntriesRequest[], options: CallOptions): Promise<readonly Entries[]> {
    return Promise.all(requests.map((request) => this.walks.page(request, options)));
  }

  count(requests: readonly CountRequest[], options: CallOptions): Promise<readonly number[]> {
    return Promise.all(requests.map((request) => this.walks.count(request, options)));
  }

  gathered(request: GatheredRequest, options: CallOptions): Promise<Gathered> {
    return this.together.page(request, options);
  }

  /** A query gives its items in their order, so that the one beside is read first. */
  liesBeside({ layout, id }: { readonly layout: Layout; readonly id: string }, request: EntriesRequest): boolean {
    const { pk, sk } = this.keys.record(layout, id);
    const isBefore = compareText(sk, this.keys.records(request.layout)) < 0;
    return isBefore && request.direction === "asc" && pk === this.keys.partition(request.span.group);
  }

  /** Looks through the whole table: only for clearing a table and for building an index that a newer version brings. */
  async ids({ layout, limit, after }: TableRequest, options: CallOptions) {
    const prefix = this.keys.records(layout);
    const partitions = this.keys.partition("");
    const { Items = [], LastEvaluatedKey: last } = await this.client.send<{
      Items?: ItemKey[];
      LastEvaluatedKey?: Item;
    }>(
      "ScanCommand",
      {
        TableName: this.client.tableName,
        ConsistentRead: true,
        FilterExpression: "begins_with(pk, :partitions) AND begins_with(sk, :prefix)",
        ProjectionExpression: "pk, sk",
        ExpressionAttributeValues: { ":partitions": partitions, ":prefix": prefix },
        // Counted before the filter: other tables lie in between.
        Limit: Math.max(limit, 1000),
        ...(after !== undefined && { ExclusiveStartKey: JSON.parse(after) }),
      },
      options,
    );
    const taken = Items.slice(0, limit);
    const next = Items.length > limit ? taken.at(-1) : last;
    const ids = taken.map(({ sk }) => sk.slice(prefix.length));
    return { ids, ...(next && { next: JSON.stringify(next) }) };
  }

  commit(changes: ChangeSet, options: CallOptions): Promise<boolean> {
    return this.committer.commit(changes, options);
  }

  async apply({ changes }: ChangeSet, options: CallOptions): Promise<void> {
    await inParallel(cut(changes, bulkAtOnce), (part) => this.insist(part, options));
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** Writes records over whatever is there by now. */
  private async insist(changes: readonly RecordChange[], options: CallOptions): Promise<void> {
    for (let left = changes; left.length > 0; ) {
      if (await this.commit({ changes: left, claims: [], checks: [] }, options)) return;
      const { records } = await this.lookUp({ records: left, claims: [] }, options);
      left = left.flatMap((change, index) => rebased(change, records[index]) ?? []);
    }
  }

  private async recordsOf(layout: Layout, ids: readonly string[], options: CallOptions) {
    const records = ids.map((id) => ({ layout, id }));
    return (await this.lookUp({ records, claims: [], atOnce: true }, options)).records;
  }
}

/** The change as it is now that something else is stored; `undefined` when it has been made. */
function rebased(change: RecordChange, before: StoredRecord | undefined): RecordChange | undefined {
  const { layout, after } = change;
  if (before?._rev === after?._rev) return undefined;
  const idOf = ({ index, group, place }: (typeof change.put)[number]) => `${index}\n${group}\n${place}`;
  const had = before ? layout.entries(before) : [];
  const has = after ? layout.entries(after) : [];
  const [hadIds, hasIds] = [new Set(had.map(idOf)), new Set(has.map(idOf))];
  return {
    ...change,
    before,
    put: has.filter((entry) => !hadIds.has(idOf(entry))),
    remove: had.filter((entry) => !hasIds.has(idOf(entry))),
  };
}
