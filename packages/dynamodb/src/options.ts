import type { DocumentClient } from "./document-client.ts";
import type { TtlConfig } from "./ttl.ts";

/** What every form of configuration may have. */
export interface DynamoDBTableOptions {
  /** The one table that holds everything: string keys `pk` and `sk`. 3 to 255 letters, digits, `_`, `.` and `-`. */
  tableName: string;
  /** When records expire, by kind. Default: never. */
  ttl?: TtlConfig;
  /** Makes the table, paid by request, when it is missing at the start. Default `false`: a missing table is an error. */
  createTable?: boolean;
  /** What all keys of this store begin with, so that several stores may share a table. Default: nothing. */
  keyPrefix?: string;
}

/** A client made from these options. */
export interface DynamoDBRegionOptions extends DynamoDBTableOptions {
  /** Default `us-east-1`. */
  region?: string;
  /** Where DynamoDB is, when not at the region's own address. */
  endpoint?: string;
  /** Default: found as the AWS SDK finds them. */
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

/** A document client that the caller opens and closes. */
export interface DynamoDBClientOptions extends DynamoDBTableOptions {
  client: DocumentClient;
}

export type DynamoDBTarget = DynamoDBRegionOptions | DynamoDBClientOptions;

/** The target by itself, or in `config`, as in `new DynamoDBStore({ name, config })`. */
export type DynamoDBOptions = DynamoDBTarget | { name?: string; config: DynamoDBTarget & { id?: string } };

export type ResolvedOptions = DynamoDBTableOptions & {
  readonly keyPrefix: string;
  readonly client: DocumentClient | undefined;
  readonly region: string;
  readonly endpoint: string | undefined;
  readonly credentials: DynamoDBRegionOptions["credentials"];
};

/** The target, wherever it stands. */
export const targetOf = (options: DynamoDBOptions): DynamoDBTarget & { id?: string; disableInit?: boolean } =>
  "config" in (options ?? {}) ? (options as { config: DynamoDBTarget }).config : (options as DynamoDBTarget);

/**
 * Checks options and fills in what they leave open. No I/O.
 *
 * @throws Error that says which option is missing or wrong.
 */
export function resolveOptions(options: DynamoDBOptions, name = "DynamoDBStore"): ResolvedOptions {
  const given = (targetOf(options) ?? {}) as Partial<DynamoDBRegionOptions & DynamoDBClientOptions>;
  const { tableName, client, keyPrefix = "", region = "us-east-1", endpoint, credentials } = given;
  if (typeof tableName !== "string" || tableName.trim() === "") {
    throw new Error(`${name}: tableName must be provided and cannot be empty`);
  }
  if (!/^[A-Za-z0-9_.-]{3,255}$/.test(tableName)) {
    throw new Error(
      `${name}: tableName has invalid characters or length: 3 to 255 letters, digits, "_", "." and "-" are allowed`,
    );
  }
  if (client !== undefined && typeof client?.send !== "function") {
    throw new Error(`${name}: client must be a DynamoDBDocumentClient`);
  }
  if (typeof keyPrefix !== "string" || keyPrefix.length > 64) {
    throw new Error(`${name}: keyPrefix must be a text of at most 64 characters`);
  }
  const { ttl, createTable } = given;
  return {
    tableName,
    keyPrefix,
    client,
    region,
    endpoint,
    credentials,
    ...(ttl && { ttl }),
    ...(createTable && { createTable }),
  };
}
