import { type CallOptions, jitter, pause, StorageError, type StoredRecord } from "@stowage/core/engine";
import type { ChangeSet, ClaimChange, Layout, LookUp } from "@stowage/kv";
import type { Client, Item } from "./client.ts";
import { absent, itemAt, standing } from "./conditions.ts";
import type { RecordsOf } from "./entries.ts";
import { type ItemKey, type Keys, keyText } from "./keys.ts";
import { type Action, getItems, inParallel, transact } from "./requests.ts";
import type { Expiry } from "./ttl.ts";

type WantedClaim = LookUp["claims"][number];

const tries = 20;

/**
 * Who holds unique values. A claim item names the record (`k`) and the revision with which it took the value (`v`).
 *
 * A record takes a value in the transaction that writes it. It gives one up there too while there is room, and else right
 * after: until then, or for good when the writer is killed, the claim is stale. Whoever wants the value finds that its holder
 * does not have it, and takes the claim away while that is so. A record that wants back what it gave up does the same, so
 * that every value is taken by writing its claim, and two takers always meet there.
 */
export class Claims {
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

  /** What a change of hands is in a transaction. */
  action({ layout, before, after, ...claim }: ClaimChange, { changes }: ChangeSet): Action {
    const key = this.keys.claim(layout, claim);
    const condition =
      before === undefined
        ? absent(this.expiry)
        : { ConditionExpression: "k = :before", ExpressionAttributeValues: { ":before": before } };
    if (after === undefined) return { Delete: { ...itemAt(this.client, key), ...condition } };
    const taker = changes.find((change) => change.layout === layout && change.id === after)?.after;
    const item = { ...key, k: after, v: taker?._rev, ...this.expiry.props(layout.table.name) };
    return { Put: { TableName: this.client.tableName, Item: item, ...condition } };
  }

  /** Takes away claims on values that records have given up. What fails stays stale; what was taken again since stays. */
  async release(claims: readonly ClaimChange[], { changes }: ChangeSet): Promise<void> {
    await inParallel(claims, async ({ layout, before: holder, after: _, ...claim }) => {
      const had = changes.find((change) => change.layout === layout && change.id === holder)?.before;
      const input = {
        ...itemAt(this.client, this.keys.claim(layout, claim)),
        ConditionExpression: "k = :holder AND v <= :rev",
        ExpressionAttributeValues: { ":holder": holder, ":rev": had?._rev ?? 0 },
      };
      await this.client.send("DeleteCommand", input).catch(() => {});
    });
  }

  /**
   * The ids of the records that hold these values, in order.
   *
   * @param item the claims as they were read.
   * @param known records that were read in the same request, if any, to save requests.
   */
  async holders(
    wanted: readonly WantedClaim[],
    item: (key: ItemKey) => Item | undefined,
    known: (layout: Layout, id: string) => StoredRecord | undefined,
    options: CallOptions,
  ): Promise<(string | undefined)[]> {
    const holders = wanted.map(({ layout, ...claim }) => item(this.keys.claim(layout, claim))?.k as string | undefined);
    const doubtful = wanted.flatMap((claim, index) => {
      const holder = holders[index];
      return holder === undefined || holds(claim, known(claim.layout, holder)) ? [] : [index];
    });
    await inParallel(doubtful, async (index) => {
      const claim = wanted[index] as WantedClaim;
      holders[index] = await this.confirmed(claim, item(this.keys.claim(claim.layout, claim)), options);
    });
    return holders;
  }

  /** The holder of a value when the holder has it; nobody once the claim of one who has not is taken away. */
  private async confirmed(
    claim: WantedClaim,
    read: Item | undefined,
    options: CallOptions,
  ): Promise<string | undefined> {
    const { layout } = claim;
    const key = this.keys.claim(layout, claim);
    let item = read;
    for (let attempt = 0; item; attempt++) {
      const holder = item.k as string;
      const [record] = await this.recordsOf(layout, [holder], options);
      if (holds(claim, record)) return holder;
      if (await this.takeAway(layout, key, item, record, options)) return undefined;
      if (attempt === tries) throw busy(layout);
      await pause(jitter(attempt, 5, 250), options);
      item = (await getItems(this.client, [key], options)).get(keyText(key));
    }
    return undefined;
  }

  private takeAway(
    layout: Layout,
    key: ItemKey,
    { k, v }: Item,
    record: StoredRecord | undefined,
    options: CallOptions,
  ) {
    const holder = { ...itemAt(this.client, this.keys.record(layout, k as string)), ...standing(this.expiry, record) };
    const claim = {
      ...itemAt(this.client, key),
      ConditionExpression: "k = :k AND v = :v",
      ExpressionAttributeValues: { ":k": k, ":v": v },
    };
    return transact(this.client, [{ ConditionCheck: holder }, { Delete: claim }], options);
  }
}

const holds = ({ layout, unique, value }: WantedClaim, record: StoredRecord | undefined): boolean =>
  record !== undefined && layout.claims(record).some((claim) => claim.unique === unique && claim.value === value);

const busy = ({ table }: Layout): StorageError =>
  new StorageError("the holder of a unique value was changing all the time", {
    code: "busy",
    retry: "exhausted",
    details: { table: table.name },
  });
