import { z } from "@hono/zod-openapi";
import type { DatasetItem, DatasetItemPayload, DatasetsStorage } from "@stowage/core";
import { notFound } from "../api/errors.ts";
import { count, list, orderBy, page } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { needsRuntime } from "./needs-runtime.ts";
import { anyRecord, pagination, record, success, words } from "./shapes.ts";

const area = "datasets";
const text = z.string().optional();
const maybe = <S extends z.ZodType>(schema: S) => schema.nullable().optional();
export const tenancy = { organizationId: text, projectId: text };
const dataset = z.looseObject({ id: z.string(), version: z.number() });
const item = z.looseObject({ id: z.string(), datasetId: z.string(), datasetVersion: z.number() });

const datasetFields = {
  description: maybe(z.string()),
  metadata: maybe(anyRecord),
  inputSchema: maybe(anyRecord),
  groundTruthSchema: maybe(anyRecord),
  requestContextSchema: maybe(anyRecord),
  targetType: maybe(z.string()),
  targetIds: maybe(words),
  scorerIds: maybe(words),
};

const itemFields = {
  groundTruth: z.unknown().optional(),
  expectedTrajectory: z.unknown().optional(),
  toolMocks: maybe(z.array(z.looseObject({ toolName: z.string() })).max(1000)),
  unmockedToolPolicy: maybe(z.string()),
  scorerIds: maybe(words),
  requestContext: maybe(anyRecord),
  metadata: maybe(anyRecord),
  source: maybe(z.looseObject({ type: z.string() })),
};
const itemInput = z.object({ input: z.unknown(), externalId: maybe(z.string()), ...itemFields });

/** @throws HttpError 404 for a dataset that is not there, or not within the tenancy asked for. */
export async function datasetOf(
  datasets: DatasetsStorage,
  id: string,
  filters: { organizationId?: string; projectId?: string } = {},
) {
  const found = await datasets.getDatasetById({ id, filters });
  if (!found) throw notFound("the dataset was");
  return found;
}

async function itemOf(
  datasets: DatasetsStorage,
  datasetId: string,
  id: string,
  datasetVersion?: number,
): Promise<DatasetItem> {
  const found = await datasets.getItemById({ id, datasetVersion });
  if (found?.datasetId !== datasetId) throw notFound("the item was");
  return found;
}

export const datasetRoutes: Route[] = [
  route("get /datasets", {
    area,
    summary: "A page of datasets",
    query: {
      ...page,
      ...orderBy("createdAt", "updatedAt", "name"),
      ...tenancy,
      targetType: text,
      targetIds: list.optional(),
      name: text,
    },
    answer: z.looseObject({ datasets: z.array(dataset), pagination }),
    async run({ store, query }) {
      const { page = 0, perPage = 100, orderBy, ...filters } = query;
      return (await store("datasets")).listDatasets({ pagination: { page, perPage }, orderBy, filters });
    },
  }),
  route("post /datasets", {
    area,
    summary: "Makes a dataset; with an id it may be repeated",
    body: z.object({ id: maybe(z.string().min(1).max(512)), name: z.string().min(1), ...datasetFields, ...tenancy }),
    answer: dataset,
    run: async ({ store, body }) => (await store("datasets")).createDataset(body),
  }),
  route("get /datasets/{datasetId}", {
    area,
    summary: "One dataset",
    query: tenancy,
    answer: dataset,
    run: async ({ store, params, query }) => datasetOf(await store("datasets"), params.datasetId, query),
  }),
  route("patch /datasets/{datasetId}", {
    area,
    summary: "Changes a dataset",
    query: tenancy,
    body: z.object({ name: maybe(z.string().min(1)), tags: maybe(words), ...datasetFields }),
    answer: dataset,
    run: async ({ store, params, query, body }) =>
      (await store("datasets")).updateDataset({ id: params.datasetId, ...body, filters: query }),
  }),
  route("delete /datasets/{datasetId}", {
    area,
    summary: "Removes a dataset with its items",
    query: tenancy,
    answer: success,
    async run({ store, params, query }) {
      await (await store("datasets")).deleteDataset({ id: params.datasetId, filters: query });
      return { success: true };
    },
  }),
  route("get /datasets/{datasetId}/items", {
    area,
    summary: "A page of the items visible at a version",
    query: { ...page, ...orderBy("createdAt", "updatedAt"), search: text, version: count.optional() },
    answer: z.object({ items: z.array(item), pagination }),
    async run({ store, params, query }) {
      const datasets = await store("datasets");
      await datasetOf(datasets, params.datasetId);
      const { page = 0, perPage = 100, ...rest } = query;
      return datasets.listItems({ datasetId: params.datasetId, pagination: { page, perPage }, ...rest });
    },
  }),
  route("post /datasets/{datasetId}/items", {
    area,
    summary: "Adds an item; with an externalId it may be repeated",
    body: itemInput,
    answer: item,
    run: async ({ store, params, body }) =>
      (await store("datasets")).addItem({ ...(body as DatasetItemPayload), datasetId: params.datasetId }),
  }),
  route("post /datasets/{datasetId}/items/batch", {
    area,
    summary: "Adds items as one version",
    body: z.object({ items: z.array(itemInput).max(10_000) }),
    answer: z.object({ items: z.array(item), count: z.number() }),
    async run({ store, params, body }) {
      const given = body.items as DatasetItemPayload[];
      const items = await (await store("datasets")).batchInsertItems({ datasetId: params.datasetId, items: given });
      return { items, count: items.length };
    },
  }),
  route("delete /datasets/{datasetId}/items/batch", {
    area,
    summary: "Removes items as one version",
    body: z.object({ itemIds: words }),
    answer: z.object({ success: z.boolean(), deletedCount: z.number() }),
    async run({ store, params, body }) {
      const datasets = await store("datasets");
      const { datasetId } = params;
      await datasetOf(datasets, datasetId);
      const itemIds = [...new Set(body.itemIds)];
      const found = await Promise.all(itemIds.map((id) => datasets.getItemById({ id })));
      const present = found.filter((entry) => entry?.datasetId === datasetId).length;
      await datasets.batchDeleteItems({ datasetId, itemIds });
      return { success: true, deletedCount: present };
    },
  }),
  route("get /datasets/{datasetId}/items/{itemId}", {
    area,
    summary: "One item",
    answer: item,
    run: async ({ store, params }) => itemOf(await store("datasets"), params.datasetId, params.itemId),
  }),
  route("patch /datasets/{datasetId}/items/{itemId}", {
    area,
    summary: "Changes an item, which makes a version",
    body: z.object({ input: z.unknown().optional(), ...itemFields }),
    answer: item,
    run: async ({ store, params, body }) =>
      (await store("datasets")).updateItem({ ...(body as object), id: params.itemId, datasetId: params.datasetId }),
  }),
  route("delete /datasets/{datasetId}/items/{itemId}", {
    area,
    summary: "Removes an item; older versions keep it",
    answer: success,
    async run({ store, params }) {
      const datasets = await store("datasets");
      await datasets.deleteItem({ id: params.itemId, datasetId: params.datasetId });
      return { success: true };
    },
  }),
  route("delete /datasets/{datasetId}/items/{itemId}/purge", {
    area,
    summary: "Erases the content of an item for good",
    query: tenancy,
    answer: success,
    async run({ store, params, query }) {
      await (await store("datasets")).purgeItem({ id: params.itemId, datasetId: params.datasetId, filters: query });
      return { success: true };
    },
  }),
  route("get /datasets/{datasetId}/items/{itemId}/history", {
    area,
    summary: "Every row of an item, newest first",
    answer: z.object({ history: z.array(item) }),
    async run({ store, params }) {
      const history = await (await store("datasets")).getItemHistory(params.itemId);
      const own = history.filter(({ datasetId }) => datasetId === params.datasetId);
      if (own.length === 0) throw notFound("the item was");
      return { history: own };
    },
  }),
  route("get /datasets/{datasetId}/items/{itemId}/versions/{datasetVersion}", {
    area,
    summary: "An item as it was at a version",
    answer: item,
    async run({ store, params }) {
      const version = Number(params.datasetVersion);
      if (!Number.isSafeInteger(version) || version < 0) throw notFound("the version was");
      return itemOf(await store("datasets"), params.datasetId, params.itemId, version);
    },
  }),
  route("get /datasets/{datasetId}/versions", {
    area,
    summary: "A page of versions",
    query: page,
    answer: z.object({ versions: z.array(record), pagination }),
    async run({ store, params, query }) {
      const datasets = await store("datasets");
      await datasetOf(datasets, params.datasetId);
      const { page = 0, perPage = 100 } = query;
      return datasets.listDatasetVersions({ datasetId: params.datasetId, pagination: { page, perPage } });
    },
  }),
  ...needsRuntime(area, ["post /datasets/{datasetId}/generate-items", "post /datasets/cluster-failures"]),
];
