import { type CallOptions, StorageError, type StoredRecord } from "@stowage/core/engine";
import type { ChangeSet, Entry, Layout, RecordChange } from "@stowage/kv";
import type { Claims } from "./claims.ts";
import type { Client, Item } from "./client.ts";
import { itemAt, standing } from "./conditions.ts";
import { isUncertain } from "./errors.ts";
import type { ItemKey, Keys } from "./keys.ts";
import type { PreparedRecord, Records } from "./records.ts";
import { type Action, cut, inParallel, transact, writeItems } from "./requests.ts";
import type { Expiry } from "./ttl.ts";

/** What one transaction takes (DynamoDB API reference, `TransactWriteItems`). */
const mostActions = 100;

const tooManyActions = (actions: number): StorageError =>
  new StorageError("the records and unique values of the batch do not fit one transaction", {
    code: "too_large",
    details: { limit: mostActions, unit: "actions", actions },
  });

const actionsOf = ({ changes, claims, checks }: ChangeSet): number => changes.length + claims.length + checks.length;

type Prepared = ReadonlyMap<RecordChange, PreparedRecord>;
interface EntryChange {
  readonly change: RecordChange;
  readonly entry: Entry;
}

/**
 * Applies change sets. What fits one transaction is one: records, index entries and unique values together.
 *
 * Where not even records and unique values fit, the values that nobody takes over are given up after it (see `Claims`).
 * A larger set keeps its entries outside: those to come and those to go are first marked as uncertain, then one transaction
 * changes records and unique values, then the marks go. A reader who meets a mark looks at the record, so that walks and
 * counts are right at every moment, and stay right when the writer is killed in between.
 */
export class Committer {
  private readonly client: Client;
  private readonly keys: Keys;
  private readonly expiry: Expiry;
  private readonly records: Records;
  private readonly claims: Claims;

  constructor(client: Client, keys: Keys, expiry: Expiry, records: Records, claims: Claims) {
    this.client = client;
    this.keys = keys;
    this.expiry = expiry;
    this.records = records;
    this.claims = claims;
  }

  /** `false` when something does not stand as it was read; nothing was applied then. */
  async commit(given: ChangeSet, options: CallOptions): Promise<boolean> {
    const set = { ...given, changes: given.changes.map((change) => this.renewing(change)) };
    const prepared = await this.records.prepare(set.changes);
    const late = actionsOf(set) > mostActions ? set.claims.filter(({ after }) => after === undefined) : [];
    const now = late.length > 0 ? { ...set, claims: set.claims.filter((claim) => !late.includes(claim)) } : set;
    if (actionsOf(now) > mostActions) throw tooManyActions(actionsOf(now));
    const core = this.coreActions(now, prepared);
    const chunks = [...prepared.values()].flatMap((record) => record.chunks);
    await writeItems(this.client, chunks, [], options);
    const entries = set.changes.flatMap((change) => this.entryActions(change));
    const isApplied = await this.cleaning(chunks, () =>
      core.length + entries.length <= mostActions
        ? transact(this.client, [...core, ...entries], options)
        : this.inSteps(set, core, options),
    );
    const superfluous = isApplied ? set.changes.flatMap((change) => this.records.chunksOf(change)) : chunks;
    await writeItems(this.client, [], superfluous, options).catch(() => {});
    if (isApplied) await this.claims.release(late, set);
    return isApplied;
  }

  /** The entries of a record that lives on live on as long: where records expire all of them are written again. */
  private renewing(change: RecordChange): RecordChange {
    const { layout, before, after } = change;
    const isRenewed = before && after && Object.keys(this.expiry.props(layout.table.name)).length > 0;
    return isRenewed ? { ...change, put: layout.entries(after) } : change;
  }

  /** The actions on records, unique values and what is only checked. */
  private coreActions(set: ChangeSet, prepared: Prepared): Action[] {
    return [
      ...set.changes.map((change) => this.recordAction(change, prepared)),
      ...set.claims.map((claim) => this.claims.action(claim, set)),
      ...set.checks.map(({ layout, id, before }) => ({
        ConditionCheck: { ...this.at(this.keys.record(layout, id)), ...standing(this.expiry, before) },
      })),
    ];
  }

  private recordAction(change: RecordChange, prepared: Prepared): Action {
    const { layout, id, before } = change;
    const record = prepared.get(change);
    const condition = standing(this.expiry, before);
    const at = this.at(this.keys.record(layout, id));
    if (record) return { Put: { TableName: this.client.tableName, Item: record.item, ...condition } };
    return change.after ? { ConditionCheck: { ...at, ...condition } } : { Delete: { ...at, ...condition } };
  }

  private entryActions(change: RecordChange): Action[] {
    const { layout, put, remove } = change;
    return [
      ...put.map((entry) => ({
        Put: { TableName: this.client.tableName, Item: this.entryItem(change, entry) },
      })),
      ...remove.map((entry) => ({ Delete: this.at(this.keys.entry(layout, entry)) })),
    ];
  }

  private async inSteps(set: ChangeSet, core: readonly Action[], options: CallOptions): Promise<boolean> {
    const coming = set.changes.flatMap((change) => change.put.map((entry) => ({ change, entry })));
    const going = set.changes.flatMap((change) => change.remove.map((entry) => ({ change, entry })));
    const mark = crypto.randomUUID();
    const marked = [...coming, ...going].map(({ change, entry }) => ({ ...this.entryItem(change, entry), t: mark }));
    await writeItems(this.client, marked, [], options);
    let isApplied: boolean;
    try {
      isApplied = await transact(this.client, core, options);
    } catch (error) {
      // Without an answer the marks stay: whoever meets them looks at the record.
      if (!isUncertain(error)) await this.settle([], marked, mark);
      throw error;
    }
    if (isApplied) await this.settle(coming, going.map(this.keyOf), mark);
    else await this.restore([...coming, ...going], mark, options);
    return isApplied;
  }

  private readonly keyOf = ({ change, entry }: EntryChange): ItemKey => this.keys.entry(change.layout, entry);

  /** Takes marks off entries that are there to stay, and removes the others; what another writer has touched is his. */
  private async settle(staying: readonly EntryChange[], gone: readonly ItemKey[], mark: string): Promise<void> {
    const ours = { ConditionExpression: "t = :mark", ExpressionAttributeValues: { ":mark": mark } };
    const actions: Action[] = [
      ...staying.map((each) => ({
        Update: { ...this.at(this.keyOf(each)), UpdateExpression: "REMOVE t", ...ours },
      })),
      ...gone.map((key) => ({ Delete: { ...this.at(key), ...ours } })),
    ];
    // A mark that stays costs a look, and nothing else.
    const settled = (part: readonly Action[]) => transact(this.client, part, {}).catch(() => true);
    await inParallel(cut(actions, mostActions), async (part) => {
      if (!(await settled(part))) await inParallel(part, (action) => settled([action]));
    });
  }

  /** After a refusal: entries of records as they stand now stay, the others go. */
  private async restore(entries: readonly EntryChange[], mark: string, options: CallOptions): Promise<void> {
    const staying: EntryChange[] = [];
    const gone: ItemKey[] = [];
    for (const each of entries) {
      const { layout, id } = each.change;
      const record = await this.read(layout, id, options);
      const index = layout.indexes.find(({ name }) => name === each.entry.index);
      const stands = record && index && layout.entry(index, record);
      if (stands?.group === each.entry.group && stands.place === each.entry.place) staying.push(each);
      else gone.push(this.keyOf(each));
    }
    await this.settle(staying, gone, mark);
  }

  private async read(layout: Layout, id: string, options: CallOptions): Promise<StoredRecord | undefined> {
    const key = this.keys.record(layout, id);
    const { Item } = await this.client.send<{ Item?: Item }>(
      "GetCommand",
      { ...this.at(key), ConsistentRead: true },
      options,
    );
    return this.records.decode(layout, id, Item, options);
  }

  /** Removes chunks that nothing refers to when the write surely failed. */
  private async cleaning(chunks: readonly ItemKey[], write: () => Promise<boolean>): Promise<boolean> {
    try {
      return await write();
    } catch (error) {
      if (!isUncertain(error)) await writeItems(this.client, [], chunks, {}).catch(() => {});
      throw error;
    }
  }

  private entryItem({ layout, id }: RecordChange, entry: Entry): Item & ItemKey {
    return { ...this.keys.entry(layout, entry), k: id, ...this.expiry.props(layout.table.name) };
  }

  private at(key: ItemKey) {
    return itemAt(this.client, key);
  }
}
