import type { StoredRecord } from "@stowage/core/engine";
import type { Client } from "./client.ts";
import type { ItemKey } from "./keys.ts";
import type { Expiry } from "./ttl.ts";

/** The part of an action that names its item. */
export const itemAt = ({ tableName }: Client, { pk, sk }: ItemKey) => ({ TableName: tableName, Key: { pk, sk } });

/** That a record still is what was read, and has not expired since. */
export function standing(expiry: Expiry, before: StoredRecord | undefined): object {
  if (!before) return absent(expiry);
  return {
    ConditionExpression: "v = :v AND (attribute_not_exists(#ttl) OR #ttl > :now)",
    ExpressionAttributeNames: { "#ttl": expiry.attribute },
    ExpressionAttributeValues: { ":v": before._rev, ":now": now() },
  };
}

/** That an item is not there. What has expired is not, though DynamoDB still has it. */
export function absent({ attribute }: Expiry): object {
  return {
    ConditionExpression: "attribute_not_exists(pk) OR #ttl <= :now",
    ExpressionAttributeNames: { "#ttl": attribute },
    ExpressionAttributeValues: { ":now": now() },
  };
}

/** In seconds, as times of expiry are. */
const now = (): number => Math.floor(Date.now() / 1000);
