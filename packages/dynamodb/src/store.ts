import {
  type AdapterDefinition,
  adapterDomain,
  adapterDomains,
  adapterStore,
  type StoreOptions,
  withoutCredentials,
} from "@stowage/core";
import { dynamodbEngine } from "./engine.ts";
import { type DynamoDBOptions, type DynamoDBTarget, resolveOptions, targetOf } from "./options.ts";

/** Options of {@link DynamoDBStore}: the target and the store's own options together, or the target in `config`. */
export type DynamoDBStoreOptions =
  | (DynamoDBTarget & StoreOptions)
  | ({ name?: string; config: DynamoDBTarget & Partial<StoreOptions> } & Partial<StoreOptions>);

const definition: AdapterDefinition<DynamoDBOptions> = {
  className: "DynamoDBStore",
  takesName: true,
  storeName: "DYNAMODB",
  target: placeOf,
  validate: (options, name) => void resolveOptions(options, name),
  open: (options) => dynamodbEngine(options),
};

function placeOf(options: DynamoDBOptions): string {
  const { tableName, client, region, endpoint } = resolveOptions(options);
  if (client) return `the table ${tableName}`;
  return `the table ${tableName} at ${(endpoint && withoutCredentials(endpoint)) ?? region}`;
}

const domains = {
  ...adapterDomains(definition, "StorageDynamoDB"),
  workflows: adapterDomain(definition, "workflows", "WorkflowStorageDynamoDB"),
};

export const MemoryStorageDynamoDB = domains.memory;
export type MemoryStorageDynamoDB = InstanceType<typeof MemoryStorageDynamoDB>;
export const WorkflowStorageDynamoDB = domains.workflows;
export type WorkflowStorageDynamoDB = InstanceType<typeof WorkflowStorageDynamoDB>;
export const ScoresStorageDynamoDB = domains.scores;
export type ScoresStorageDynamoDB = InstanceType<typeof ScoresStorageDynamoDB>;
export const ObservabilityStorageDynamoDB = domains.observability;
export type ObservabilityStorageDynamoDB = InstanceType<typeof ObservabilityStorageDynamoDB>;
export const AgentsStorageDynamoDB = domains.agents;
export type AgentsStorageDynamoDB = InstanceType<typeof AgentsStorageDynamoDB>;
export const DatasetsStorageDynamoDB = domains.datasets;
export type DatasetsStorageDynamoDB = InstanceType<typeof DatasetsStorageDynamoDB>;
export const ExperimentsStorageDynamoDB = domains.experiments;
export type ExperimentsStorageDynamoDB = InstanceType<typeof ExperimentsStorageDynamoDB>;

const Store = adapterStore(definition, domains);

/** All seven domains in one DynamoDB table. The id may stand in `config`. */
export class DynamoDBStore extends Store {
  constructor(options: DynamoDBStoreOptions) {
    const { id, disableInit, ...target } = targetOf(options) ?? {};
    const { config: _, ...own } = (options ?? {}) as { config?: unknown } & Partial<StoreOptions>;
    super({
      ...target,
      ...own,
      id: own.id ?? id,
      ...(disableInit !== undefined && { disableInit }),
    } as DynamoDBTarget & StoreOptions);
  }
}
