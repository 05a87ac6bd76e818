export { capabilities } from "./capabilities.ts";
export type { DocumentClient } from "./document-client.ts";
export { DynamoDBEngine, type DynamoDBEngineSettings, dynamodbEngine } from "./engine.ts";
export type {
  DynamoDBClientOptions,
  DynamoDBOptions,
  DynamoDBRegionOptions,
  DynamoDBTableOptions,
  DynamoDBTarget,
} from "./options.ts";
export {
  AgentsStorageDynamoDB,
  DatasetsStorageDynamoDB,
  DynamoDBStore,
  type DynamoDBStoreOptions,
  ExperimentsStorageDynamoDB,
  MemoryStorageDynamoDB,
  ObservabilityStorageDynamoDB,
  ScoresStorageDynamoDB,
  WorkflowStorageDynamoDB,
} from "./store.ts";
export { cloudFormationTemplate, tableDefinition } from "./table.ts";
export {
  calculateTtl,
  getTtlAttributeName,
  getTtlProps,
  isTtlEnabled,
  type TtlConfig,
  type TtlEntity,
  type TtlEntityConfig,
} from "./ttl.ts";
