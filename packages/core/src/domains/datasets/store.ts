import type { Table } from "../../engine/table.ts";
import { invalid } from "../../errors.ts";
import { clearTables } from "../shared/clear.ts";
import { findableId } from "../shared/columns.ts";
import type { DomainContext } from "../shared/context.ts";
import { deletions } from "../shared/deletions.ts";
import { defineOperations } from "../shared/operations.ts";
import { resolveListOrderBy, walkDirection } from "../shared/ordering.ts";
import { checkPage, pageInfo } from "../shared/pagination.ts";
import { datasetFacts } from "../shared/siblings.ts";
import { checkTenancyFilters } from "../shared/tenancy.ts";
import { optionalText } from "../shared/values.ts";
import { createDataset, listDatasets, readDataset, updateDataset } from "./dataset-records.ts";
import { datasetNotFound, itemNotFound } from "./errors.ts";
import { factsOf } from "./facts.ts";
import { purgeItem } from "./purge.ts";
import { listItems, readHistory, readItem, readItemsAt } from "./read-items.ts";
import { removeDataset } from "./remove-dataset.ts";
import { DatasetsStorage } from "./storage.ts";
import { datasets, datasetsTables, items, versions } from "./tables.ts";
import type {
  AddDatasetItemInput,
  BatchDeleteItemsInput,
  BatchInsertItemsInput,
  CreateDatasetInput,
  DatasetItem,
  DatasetItemPayload,
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
import { listVersions, recordVersion } from "./versions.ts";
import { deleteItem, deleteItems, type ItemTarget, insertItems, updateItem } from "./write-items.ts";

/** The `datasets` domain on any engine. */
export class DatasetsStore extends DatasetsStorage {
  static readonly tables: readonly Table[] = datasetsTables;
  readonly context: DomainContext;
  /** What the sibling `experiments` may ask. */
  readonly [datasetFacts]: ReturnType<typeof factsOf>;

  constructor(context: DomainContext) {
    super();
    this.context = context;
    this[datasetFacts] = factsOf(context);
  }

  init(): Promise<void> {
    return this.context.init();
  }

  async dangerouslyClearAll(): Promise<void> {
    const { engine } = this.context;
    await clearTables(engine, [items, versions, datasets]);
    for (let done = false; !done; ) {
      const marks = {
        table: deletions,
        path: "byKind",
        eq: { domain: "datasets", kind: ["dataset", "purge"] },
      } as const;
      ({ done } = await engine.removeRange({ ...marks, limit: 500 }));
    }
  }

  createDataset(input: CreateDatasetInput): Promise<DatasetRecord> {
    return createDataset(this.context, input);
  }

  async getDatasetById({
    id,
    filters,
  }: {
    id: string;
    filters?: DatasetTenancyFilters;
  }): Promise<DatasetRecord | null> {
    const scope = checkTenancyFilters(filters);
    const datasetId = findableId(id, "id");
    return datasetId === undefined ? null : readDataset(this.context, datasetId, scope);
  }

  async updateDataset(args: UpdateDatasetInput): Promise<DatasetRecord> {
    const scope = checkTenancyFilters(args.filters);
    const datasetId = findableId(args.id, "id");
    if (datasetId === undefined) throw datasetNotFound(String(args.id));
    return updateDataset(this.context, datasetId, scope, args);
  }

  async deleteDataset({ id, filters }: { id: string; filters?: DatasetTenancyFilters }): Promise<void> {
    const scope = checkTenancyFilters(filters);
    const datasetId = findableId(id, "id");
    if (datasetId !== undefined) await removeDataset(this.context, datasetId, scope);
  }

  listDatasets(args: ListDatasetsInput = {}): Promise<ListDatasetsOutput> {
    return listDatasets(this.context, args);
  }

  async addItem({ datasetId, filters, ...payload }: AddDatasetItemInput): Promise<DatasetItem> {
    const scoped = filters === undefined ? {} : { filters };
    const [item] = await this.batchInsertItems({ datasetId, items: [payload], ...scoped });
    return item as DatasetItem;
  }

  async batchInsertItems({ datasetId, items: payloads, filters }: BatchInsertItemsInput): Promise<DatasetItem[]> {
    const scope = checkTenancyFilters(filters);
    const id = requireDataset(datasetId);
    if (!Array.isArray(payloads) || !payloads.every((payload) => typeof payload === "object" && payload !== null)) {
      throw invalid("items must be an array of objects", "INVALID_INPUT", { path: "items" });
    }
    return insertItems(this.context, id, scope, payloads as DatasetItemPayload[]);
  }

  async updateItem({ id, datasetId, filters, ...change }: UpdateDatasetItemInput): Promise<DatasetItem> {
    const scope = checkTenancyFilters(filters);
    const dataset = requireDataset(datasetId);
    const itemId = findableId(id, "id");
    // An id that nothing can have: the dataset is still asked for first.
    if (itemId === undefined) {
      if (!(await readDataset(this.context, dataset, scope))) throw datasetNotFound(dataset);
      throw itemNotFound(dataset, String(id));
    }
    return updateItem(this.context, { id: itemId, datasetId: dataset, filters: scope }, change);
  }

  async deleteItem(args: DatasetItemTarget): Promise<void> {
    const target = targetOf(args);
    if (target) await deleteItem(this.context, target);
  }

  async batchDeleteItems({ datasetId, itemIds, filters }: BatchDeleteItemsInput): Promise<void> {
    const scope = checkTenancyFilters(filters);
    const id = requireDataset(datasetId);
    if (!Array.isArray(itemIds)) throw invalid("itemIds must be an array", "INVALID_INPUT", { path: "itemIds" });
    const known = itemIds.map((itemId) => findableId(itemId, "itemIds")).filter((itemId) => itemId !== undefined);
    await deleteItems(this.context, id, scope, known);
  }

  async purgeItem(args: DatasetItemTarget): Promise<void> {
    const target = targetOf(args);
    if (target) await purgeItem(this.context, target);
  }

  async getItemById({ id, datasetVersion }: { id: string; datasetVersion?: number }): Promise<DatasetItem | null> {
    const version = optionalVersion(datasetVersion, "datasetVersion");
    const itemId = findableId(id, "id");
    return itemId === undefined ? null : readItem(this.context, itemId, version);
  }

  async getItemsByVersion({ datasetId, version }: { datasetId: string; version: number }): Promise<DatasetItem[]> {
    const at = requireVersion(version, "version");
    const id = findableId(datasetId, "datasetId");
    return id === undefined ? [] : readItemsAt(this.context, id, at);
  }

  async getItemHistory(itemId: string): Promise<DatasetItemRow[]> {
    const id = findableId(itemId, "itemId");
    return id === undefined ? [] : readHistory(this.context, id);
  }

  async listItems(args: ListDatasetItemsInput): Promise<ListDatasetItemsOutput> {
    const page = checkPage(args.pagination?.page, args.pagination?.perPage, 100);
    const { field, direction } = resolveListOrderBy(args.orderBy, ["createdAt", "updatedAt"], {
      field: "createdAt",
      direction: "DESC",
    });
    const filters = checkTenancyFilters(args.filters);
    const version = optionalVersion(args.version, "version");
    const search = optionalText(args.search, "search");
    const datasetId = findableId(args.datasetId, "datasetId");
    if (datasetId === undefined || (version !== undefined && version <= 0)) {
      return { items: [], pagination: pageInfo(page, 0, 0) };
    }
    const listing = { datasetId, version, search, filters, page, field, direction: walkDirection(direction) };
    return listItems(this.context, listing);
  }

  async listDatasetVersions({ datasetId, pagination }: ListDatasetVersionsInput): Promise<ListDatasetVersionsOutput> {
    const page = checkPage(pagination?.page, pagination?.perPage, 100);
    const id = findableId(datasetId, "datasetId");
    if (id === undefined) return { versions: [], pagination: pageInfo(page, 0, 0) };
    return listVersions(this.context, id, page);
  }

  async createDatasetVersion(datasetId: string, version: number): Promise<DatasetVersion> {
    const number = requireVersion(version, "version");
    if (number < 0) throw invalid("version must be a whole number from 0", "INVALID_INPUT", { path: "version" });
    return recordVersion(this.context, requireDataset(datasetId), number);
  }
}

defineOperations(DatasetsStore, "datasets");

/** The id of a dataset that has to exist. */
function requireDataset(datasetId: unknown): string {
  const id = findableId(datasetId, "datasetId");
  if (id === undefined) throw datasetNotFound(String(datasetId));
  return id;
}

/** What a deletion or purge names; `undefined` when nothing can have such ids. */
function targetOf({ id, datasetId, filters }: DatasetItemTarget): ItemTarget | undefined {
  const scope = checkTenancyFilters(filters);
  const itemId = findableId(id, "id");
  const dataset = findableId(datasetId, "datasetId");
  return itemId === undefined || dataset === undefined ? undefined : { id: itemId, datasetId: dataset, filters: scope };
}

function requireVersion(version: unknown, path: string): number {
  if (!Number.isSafeInteger(version)) throw invalid(`${path} must be a whole number`, "INVALID_INPUT", { path });
  return version as number;
}

const optionalVersion = (version: unknown, path: string): number | undefined =>
  version === undefined || version === null ? undefined : requireVersion(version, path);
