import { schemaOf } from "../shared/schema.ts";
import { datasets, items, versions } from "./tables.ts";

export type {
  DatasetItemIdentityConflict,
  FailingItem,
  SchemaIssue,
  ValidatedField,
} from "./errors.ts";
export {
  DatasetItemIdentityConflictError,
  DatasetSchemaPatternError,
  SchemaUpdateValidationError,
  SchemaValidationError,
} from "./errors.ts";
export { DatasetsStorage } from "./storage.ts";
export type {
  AddDatasetItemInput,
  BatchDeleteItemsInput,
  BatchInsertItemsInput,
  CreateDatasetInput,
  DatasetItem,
  DatasetItemPayload,
  DatasetItemRow,
  DatasetItemSource,
  DatasetItemTarget,
  DatasetItemToolMock,
  DatasetRecord,
  DatasetTenancyFilters,
  DatasetVersion,
  JSONSchema,
  ListDatasetItemsInput,
  ListDatasetItemsOutput,
  ListDatasetsInput,
  ListDatasetsOutput,
  ListDatasetVersionsInput,
  ListDatasetVersionsOutput,
  TargetType,
  UpdateDatasetInput,
  UpdateDatasetItemInput,
} from "./types.ts";

export const TABLE_DATASETS = datasets.name;
export const TABLE_DATASET_ITEMS = items.name;
export const TABLE_DATASET_VERSIONS = versions.name;

export const DATASETS_SCHEMA = schemaOf(datasets);
export const DATASET_ITEMS_SCHEMA = schemaOf(items);
export const DATASET_VERSIONS_SCHEMA = schemaOf(versions);
