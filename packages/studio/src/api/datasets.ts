import type { DatasetItem, DatasetItemPayload, DatasetItemRow, DatasetRecord, DatasetVersion } from "@stowage/core";
import { request, segment } from "./client.ts";
import type { Wire } from "./memory.ts";

export type Dataset = Wire<DatasetRecord>;
export type Item = Wire<DatasetItem>;
export type ItemRow = Wire<DatasetItemRow>;
export type Version = Wire<DatasetVersion>;

export const datasetsPath = "/datasets";
export const datasetPath = (id: string) => `${datasetsPath}/${segment(id)}`;
export const itemsPath = (id: string) => `${datasetPath(id)}/items`;
export const itemPath = (id: string, itemId: string) => `${itemsPath(id)}/${segment(itemId)}`;
export const versionsPath = (id: string) => `${datasetPath(id)}/versions`;

export const datasetsOf = (answer: { datasets: Dataset[] }) => answer.datasets;
export const itemsOf = (answer: { items: Item[] }) => answer.items;
export const versionsOf = (answer: { versions: Version[] }) => answer.versions;

const given = (signal: AbortSignal | undefined) => ({ ...(signal && { signal }) });

export const getDataset = (id: string, signal?: AbortSignal) => request<Dataset>(datasetPath(id), given(signal));

export const getHistory = (id: string, itemId: string, signal?: AbortSignal) =>
  request<{ history: ItemRow[] }>(`${itemPath(id, itemId)}/history`, given(signal));

export const deleteItem = (id: string, itemId: string) => request<object>(itemPath(id, itemId), { method: "DELETE" });

/** Adds items as one version. */
export const addItems = (id: string, items: DatasetItemPayload[]) =>
  request<{ items: Item[] }>(`${itemsPath(id)}/batch`, { method: "POST", body: { items } });

/** Every item visible at a version. */
export async function itemsAt(id: string, version: number, signal?: AbortSignal): Promise<Item[]> {
  const items: Item[] = [];
  for (let page = 0; ; page++) {
    const query = { version, page, perPage: 1000 };
    const answer = await request<{ items: Item[]; pagination: { hasMore: boolean } }>(itemsPath(id), {
      query,
      ...given(signal),
    });
    items.push(...answer.items);
    if (!answer.pagination.hasMore) return items;
  }
}
