import { StorageDomain } from "../shared/domain.ts";
import type {
  AddDatasetItemInput,
  BatchDeleteItemsInput,
  BatchInsertItemsInput,
  CreateDatasetInput,
  DatasetItem,
  DatasetItemRow,
  DatasetItemTarget,
  DatasetRecord,
  DatasetTenancyFilters,
  DatasetVersion,
  ListDatasetItemsInput,
  ListDatasetItemsOutput,
  ListDatasetsInput,
  ListDatasetsOutput,
  ListDatasetVersionsInput,
  ListDatasetVersionsOutput,
  UpdateDatasetInput,
  UpdateDatasetItemInput,
} from "./types.ts";

/**
 * The contract of the `datasets` domain: evaluation datasets whose items are versioned. Every mutation of items advances the
 * dataset's version by one, however many items it touches, and old rows stay: an item is visible at a version when a row of
 * it was written at or before that version, not superseded by then, and is no tombstone.
 *
 * Mutations of one dataset are serialised; readings are not blocked and never see half of one. A dataset outside the given
 * tenancy `filters` behaves exactly as one that does not exist.
 */
export abstract class DatasetsStorage extends StorageDomain {
  /**
   * Creates a dataset at version 0. With an `id` of the caller: creates or returns, atomically; the record that has the id
   * is returned unchanged when tenancy and candidate fields match.
   *
   * @throws StorageError `DATASET_INVALID_ID`, `DATASET_ID_CONFLICT`, `DATASET_SCHEMA_INVALID`,
   * `DATASET_SCHEMA_PATTERN_UNSUPPORTED`.
   */
  abstract createDataset(input: CreateDatasetInput): Promise<DatasetRecord>;

  abstract getDatasetById(args: { id: string; filters?: DatasetTenancyFilters }): Promise<DatasetRecord | null>;

  /**
   * Changes a dataset and its `updatedAt`, not its version. When a schema changes, every current item is validated first,
   * purged ones excepted, in one unit with the change.
   *
   * @throws StorageError `DATASET_NOT_FOUND`; SchemaUpdateValidationError when items do not satisfy the new schemas.
   */
  abstract updateDataset(args: UpdateDatasetInput): Promise<DatasetRecord>;

  /**
   * Removes a dataset with all rows of its items and versions. Experiments of it, where they are kept in the same storage
   * object, are detached and keep their results. A missing one is no error.
   */
  abstract deleteDataset(args: { id: string; filters?: DatasetTenancyFilters }): Promise<void>;

  /** Default order: `createdAt DESC`. */
  abstract listDatasets(args?: ListDatasetsInput): Promise<ListDatasetsOutput>;

  /**
   * `batchInsertItems` of one.
   *
   * @throws as {@link batchInsertItems}.
   */
  abstract addItem(args: AddDatasetItemInput): Promise<DatasetItem>;

  /**
   * Inserts items as one version, or none of them. Returns them in input order with one `createdAt`. An item whose
   * `externalId` is known is not written again: if the payload is the one first accepted, its current item is returned. A
   * batch that writes nothing makes no version. Any number of items.
   *
   * @throws StorageError `DATASET_NOT_FOUND`, `DATASET_ITEM_EXTERNAL_ID_INVALID`, `DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE`;
   * SchemaValidationError; DatasetItemIdentityConflictError with all conflicts of the batch.
   */
  abstract batchInsertItems(input: BatchInsertItemsInput): Promise<DatasetItem[]>;

  /**
   * Replaces the given fields; always makes a version. Only given fields are validated.
   *
   * @throws StorageError `DATASET_NOT_FOUND`, `DATASET_ITEM_NOT_FOUND`, `DATASET_ITEM_DATASET_MISMATCH`,
   * `DATASET_ITEM_PURGED`, `DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE`; SchemaValidationError.
   */
  abstract updateItem(args: UpdateDatasetItemInput): Promise<DatasetItem>;

  /**
   * Deletes an item: it stays visible at older versions. One that is missing or already deleted is no error and makes no
   * version.
   *
   * @throws StorageError `DATASET_ITEM_DATASET_MISMATCH`.
   */
  abstract deleteItem(args: DatasetItemTarget): Promise<void>;

  /**
   * Deletes items as one version. Unknown, deleted, foreign and repeated ids are skipped.
   *
   * @throws StorageError `DATASET_NOT_FOUND`.
   */
  abstract batchDeleteItems(input: BatchDeleteItemsInput): Promise<void>;

  /**
   * Erases the content of an item for good: in every row of it, and in the results that experiments of this dataset have for
   * it. Ids, versions, timestamps and `externalId` stay. Makes no version. Repeatable; the first `purgedAt` stays. An unknown
   * item is no error.
   *
   * @throws StorageError `DATASET_ITEM_DATASET_MISMATCH`.
   */
  abstract purgeItem(args: DatasetItemTarget): Promise<void>;

  /** The current row of an item, or the one visible at `datasetVersion`; `null` when it is deleted there. */
  abstract getItemById(args: { id: string; datasetVersion?: number }): Promise<DatasetItem | null>;

  /** All items visible at a version, `createdAt DESC`. A version above the current one gives the current items. */
  abstract getItemsByVersion(args: { datasetId: string; version: number }): Promise<DatasetItem[]>;

  /** Every row of an item, tombstones included, newest first. */
  abstract getItemHistory(itemId: string): Promise<DatasetItemRow[]>;

  /** A page of the items visible at a version, by default the current one. Default order: `createdAt DESC`. */
  abstract listItems(args: ListDatasetItemsInput): Promise<ListDatasetItemsOutput>;

  /** Newest first. */
  abstract listDatasetVersions(input: ListDatasetVersionsInput): Promise<ListDatasetVersionsOutput>;

  /**
   * Records a version without touching the dataset's own; for imports. A mutation that reaches the number keeps this row.
   *
   * @throws StorageError `DATASET_NOT_FOUND`, `DATASET_VERSION_CONFLICT`.
   */
  abstract createDatasetVersion(datasetId: string, version: number): Promise<DatasetVersion>;
}
