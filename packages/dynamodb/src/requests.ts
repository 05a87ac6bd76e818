import { type CallOptions, checkCall, jitter, pause } from "@stowage/core/engine";
import type { Client, Item } from "./client.ts";
import { isPassing, isUncertain, unknownOutcome } from "./errors.ts";
import { type ItemKey, keyText } from "./keys.ts";

/** Keys of one `BatchGetItem` and requests of one `BatchWriteItem`, at most (DynamoDB API reference). */
export const keysAtOnce = 100;
const writesAtOnce = 25;
const tries = 8;

/** One action of a transaction. */
export type Action = { readonly [kind in "Put" | "Delete" | "Update" | "ConditionCheck"]?: Readonly<object> };

/** Items by their keys, read consistently. */
export async function getItems(
  client: Client,
  keys: readonly ItemKey[],
  options: CallOptions,
): Promise<Map<string, Item>> {
  const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
  const found = new Map<string, Item>();
  await inParallel(cut(distinct, keysAtOnce), async (part) => {
    for (let left: readonly ItemKey[] = part, attempt = 0; left.length > 0; attempt++) {
      const { Responses, UnprocessedKeys } = await client.send<{
        Responses?: Record<string, (Item & ItemKey)[]>;
        UnprocessedKeys?: Record<string, { Keys: ItemKey[] }>;
      }>("BatchGetCommand", { RequestItems: { [client.tableName]: { Keys: left, ConsistentRead: true } } }, options);
      const items = Responses?.[client.tableName] ?? [];
      for (const item of items) found.set(keyText(item), item);
      const rest = UnprocessedKeys?.[client.tableName]?.Keys ?? [];
      // Answers of more than 16 MB come in pieces; no progress means throttling.
      if (items.length > 0) attempt = 0;
      else if (rest.length > 0) await backOff(attempt, options);
      left = rest;
    }
  });
  return found;
}

/** Items, and whether they are of one moment: as far as one transaction takes them, 100 keys and 4 MB. */
export async function getItemsAtOnce(
  client: Client,
  keys: readonly ItemKey[],
  options: CallOptions,
): Promise<{ readonly items: Map<string, Item>; readonly isOfOneMoment: boolean }> {
  const distinct = [...new Map(keys.map((key) => [keyText(key), key])).values()];
  const oneByOne = async () => ({
    items: await getItems(client, distinct, options),
    isOfOneMoment: distinct.length < 2,
  });
  if (distinct.length < 2 || distinct.length > keysAtOnce) return oneByOne();
  const gets = distinct.map((key) => ({ Get: { TableName: client.tableName, Key: key } }));
  for (let attempt = 0; attempt < tries; attempt++) {
    try {
      const { Responses = [] } = await client.send<{ Responses?: { Item?: Item & ItemKey }[] }>(
        "TransactGetCommand",
        { TransactItems: gets },
        options,
      );
      const items = new Map(Responses.flatMap(({ Item }) => (Item ? [[keyText(Item), Item] as const] : [])));
      return { items, isOfOneMoment: true };
    } catch (error) {
      const codes = reasonsOf(error);
      if (codes.size === 0 && !isPassing(error)) break;
      if (![...codes].every((code) => passing.has(code))) throw error;
      await pause(jitter(attempt, 10, 500), options);
    }
  }
  // Too large together, or written all the time.
  return oneByOne();
}

/** Puts and deletes items, each by itself. */
export async function writeItems(
  client: Client,
  puts: readonly (ItemKey & Item)[],
  deletes: readonly ItemKey[],
  options: CallOptions,
): Promise<void> {
  const requests = [
    ...puts.map((item) => ({ PutRequest: { Item: item } })),
    ...deletes.map((key) => ({ DeleteRequest: { Key: { pk: key.pk, sk: key.sk } } })),
  ];
  await inParallel(cut(requests, writesAtOnce), async (part) => {
    for (let left: readonly object[] = part, attempt = 0; left.length > 0; attempt++) {
      const { UnprocessedItems } = await client.send<{ UnprocessedItems?: Record<string, object[]> }>(
        "BatchWriteCommand",
        { RequestItems: { [client.tableName]: left } },
        options,
      );
      const rest = UnprocessedItems?.[client.tableName] ?? [];
      if (rest.length === left.length) await backOff(attempt, options);
      left = rest;
    }
  });
}

/** Why an action stopped a transaction. */
const conditionFailed = "ConditionalCheckFailed";

/**
 * All actions or none; `false` when a condition did not hold. A lost answer is asked for again with the same token, which
 * DynamoDB honours for ten minutes.
 *
 * @throws StorageError `unknown_outcome` when no answer could be had.
 */
export async function transact(client: Client, actions: readonly Action[], options: CallOptions): Promise<boolean> {
  const input = { TransactItems: actions, ClientRequestToken: crypto.randomUUID() };
  for (let attempt = 0, isLost = false; ; attempt++) {
    try {
      await client.send("TransactWriteCommand", input, options);
      return true;
    } catch (error) {
      const codes = reasonsOf(error);
      if (codes.has(conditionFailed)) return false;
      const isPassingNow = codes.size > 0 ? [...codes].every((code) => passing.has(code)) : isPassing(error);
      isLost ||= codes.size === 0 && isUncertain(error);
      const canRepeat = isPassingNow && attempt < tries && !options.signal?.aborted;
      if (!canRepeat) throw isLost ? unknownOutcome(error) : error;
      await pause(jitter(attempt, 20, 1000), isLost ? {} : options);
    }
  }
}

/** Why actions stopped a transaction; empty when it was not stopped by one. */
function reasonsOf(error: unknown): Set<string> {
  const reasons = (error as { CancellationReasons?: { Code?: string }[] }).CancellationReasons;
  return new Set(reasons?.map(({ Code = "None" }) => Code).filter((code) => code !== "None"));
}

const passing = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

async function backOff(attempt: number, options: CallOptions): Promise<void> {
  if (attempt >= tries) {
    throw Object.assign(new Error("requests stay unprocessed"), { name: "ProvisionedThroughputExceededException" });
  }
  await pause(jitter(attempt, 25, 2000), options);
  checkCall(options);
}

export function cut<Value>(values: readonly Value[], size: number): Value[][] {
  const parts: Value[][] = [];
  for (let at = 0; at < values.length; at += size) parts.push(values.slice(at, at + size));
  return parts;
}

/** Requests on their way at once: more would only wait for a socket. */
const mostAtOnce = 16;

/** Works on all values, a bounded number at a time. The first failure ends it, once what is under way has ended. */
export async function inParallel<Value>(
  values: readonly Value[],
  work: (value: Value) => Promise<unknown>,
): Promise<void> {
  const left = values[Symbol.iterator]();
  let failure: { readonly error: unknown } | undefined;
  const worker = async () => {
    for (const value of left) {
      await work(value).catch((error: unknown) => {
        failure ??= { error };
      });
      if (failure) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, values.length) }, worker));
  if (failure) throw failure.error;
}
