import { StorageError } from "@stowage/core/engine";
import type { Client } from "./client.ts";
import type { TtlConfig } from "./ttl.ts";

/** What `CreateTable` takes: string keys `pk` and `sk`, paid by request. No secondary index is used. */
export const tableDefinition = (tableName: string) => ({
  TableName: tableName,
  BillingMode: "PAY_PER_REQUEST" as const,
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" as const },
    { AttributeName: "sk", AttributeType: "S" as const },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" as const },
    { AttributeName: "sk", KeyType: "RANGE" as const },
  ],
});

/**
 * A CloudFormation template for the table, as JSON text. With `ttlAttribute` DynamoDB removes what has expired; point in time
 * recovery is on, and the table outlives its stack.
 */
export function cloudFormationTemplate(
  tableName: string,
  { ttlAttribute }: { readonly ttlAttribute?: string } = {},
): string {
  const template = {
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "The table of a Stowage storage",
    Resources: {
      StowageTable: {
        Type: "AWS::DynamoDB::Table",
        DeletionPolicy: "Retain",
        UpdateReplacePolicy: "Retain",
        Properties: {
          ...tableDefinition(tableName),
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          ...(ttlAttribute !== undefined && {
            TimeToLiveSpecification: { AttributeName: ttlAttribute, Enabled: true },
          }),
        },
      },
    },
    Outputs: { TableArn: { Value: { "Fn::GetAtt": ["StowageTable", "Arn"] } } },
  };
  return JSON.stringify(template, null, 2);
}

interface Description {
  readonly TableStatus?: string;
  readonly KeySchema?: readonly { AttributeName?: string; KeyType?: string }[];
  readonly AttributeDefinitions?: readonly { AttributeName?: string; AttributeType?: string }[];
}

/**
 * Looks whether the table is there and has the keys it needs.
 *
 * @param create makes the table when it is missing.
 * @throws StorageError `not_initialised` for a missing table, `schema` for one with other keys.
 */
export async function ensureTable(client: Client, create: boolean, ttl: TtlConfig | undefined): Promise<void> {
  const found = await describe(client).catch((error: unknown) => {
    if (create && (error as { name?: string }).name === "ResourceNotFoundException") return undefined;
    throw error;
  });
  const description = found ?? (await make(client, ttl));
  const keys = description.KeySchema?.map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(", ");
  const types = new Map(
    description.AttributeDefinitions?.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  if (keys === "pk HASH, sk RANGE" && types.get("pk") === "S" && types.get("sk") === "S") return;
  throw new StorageError("the DynamoDB table has other keys than the strings pk and sk", {
    code: "schema",
    details: { table: client.tableName, keys: keys ?? "" },
  });
}

async function describe(client: Client): Promise<Description> {
  const answer = await client.send<{ Table?: Description }>("DescribeTableCommand", { TableName: client.tableName });
  return answer.Table ?? {};
}

async function make(client: Client, ttl: TtlConfig | undefined): Promise<Description> {
  await client.send("CreateTableCommand", tableDefinition(client.tableName)).catch((error: unknown) => {
    // Another process was faster.
    if ((error as { name?: string }).name !== "ResourceInUseException") throw error;
  });
  for (const end = Date.now() + 60_000; ; ) {
    const description = await describe(client);
    if (description.TableStatus === "ACTIVE") {
      const attribute = Object.values(ttl ?? {}).find((entity) => entity?.enabled);
      if (attribute) await expire(client, attribute.attributeName ?? "ttl");
      return description;
    }
    if (Date.now() > end) {
      throw new StorageError("the DynamoDB table was not ready within a minute", { code: "unavailable" });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function expire(client: Client, attribute: string): Promise<void> {
  await client.send("UpdateTimeToLiveCommand", {
    TableName: client.tableName,
    TimeToLiveSpecification: { AttributeName: attribute, Enabled: true },
  });
}
