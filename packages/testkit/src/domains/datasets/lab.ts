import type {
  DatasetItem,
  DatasetItemPayload,
  DatasetRecord,
  DatasetsStorage,
  ExperimentsStorage,
} from "@stowage/core";
import type { Engine } from "@stowage/core/engine";
import type { DomainContext, OpenStorageOptions } from "../context.ts";
import { interrupting } from "../wraps.ts";

export const open = (context: DomainContext, options?: Partial<OpenStorageOptions>): Promise<DatasetsStorage> =>
  context.store<DatasetsStorage>("datasets", options);

/** Both domains of one storage object. */
export async function openBoth(context: DomainContext, options?: Partial<OpenStorageOptions>) {
  const storage = await context.open(options);
  return {
    storage,
    datasets: (await storage.getStore("datasets")) as DatasetsStorage,
    experiments: (await storage.getStore("experiments")) as ExperimentsStorage,
  };
}

/** Two storage objects as two processes would have them; one object twice where the engine cannot keep processes apart. */
export async function openTwice(context: DomainContext, options?: Partial<OpenStorageOptions>) {
  const storage = await context.open(options);
  const isApart = context.canReopen && context.capabilities.compareAndSwap;
  const other = isApart ? await context.reopen(storage, options) : storage;
  return {
    isApart,
    storages: [storage, other] as const,
    stores: (await Promise.all([storage, other].map((one) => one.getStore("datasets")))) as [
      DatasetsStorage,
      DatasetsStorage,
    ],
  };
}

/** A dataset with as many items as asked for, added one by one. */
export async function withItems(
  store: DatasetsStorage,
  count: number,
  payload: (n: number) => DatasetItemPayload = (n) => ({ input: { n } }),
): Promise<{ dataset: DatasetRecord; items: DatasetItem[] }> {
  const dataset = await store.createDataset({ name: "set" });
  const items: DatasetItem[] = [];
  for (let n = 0; n < count; n++) items.push(await store.addItem({ datasetId: dataset.id, ...payload(n) }));
  return { dataset: (await store.getDatasetById({ id: dataset.id })) as DatasetRecord, items };
}

export const versionOf = async (store: DatasetsStorage, id: string): Promise<number | undefined> =>
  (await store.getDatasetById({ id }))?.version;

/** All current inputs, newest first. */
export const inputs = async (store: DatasetsStorage, datasetId: string): Promise<unknown[]> =>
  (await store.listItems({ datasetId, pagination: { page: 0, perPage: false } })).items.map(({ input }) => input);

/** What is wrong with a dataset, by everything its readers may rely on. Empty when all is well. */
export async function brokenInvariants(store: DatasetsStorage, datasetId: string, itemIds: readonly string[]) {
  const broken: string[] = [];
  const dataset = await store.getDatasetById({ id: datasetId });
  if (!dataset) return ["the dataset is gone"];
  const { versions } = await store.listDatasetVersions({ datasetId, pagination: { perPage: false } });
  const numbers = versions.map(({ version }) => version).filter((version) => version <= dataset.version);
  const expected = Array.from({ length: dataset.version }, (_, n) => dataset.version - n);
  if (JSON.stringify(numbers) !== JSON.stringify(expected)) broken.push(`versions ${numbers} of ${dataset.version}`);
  const current = await store.listItems({ datasetId, pagination: { perPage: false } });
  const listed = new Map(current.items.map((item) => [item.id, item]));
  if (listed.size !== current.items.length || current.pagination.total !== listed.size) broken.push("an item twice");
  for (const id of new Set([...itemIds, ...listed.keys()])) {
    const history = await store.getItemHistory(id);
    if (history.length === 0) continue;
    if (history.filter(({ validTo }) => validTo === null).length !== 1) broken.push(`${id}: not one open row`);
    for (const [at, row] of history.entries()) {
      const next = history[at - 1];
      if (next && row.validTo !== next.datasetVersion) broken.push(`${id}: a gap at ${row.datasetVersion}`);
      if (row.datasetVersion > dataset.version) broken.push(`${id}: row of an unpublished version`);
    }
    const isLive = history[0]?.isDeleted === false;
    if (isLive !== listed.has(id)) broken.push(`${id}: ${isLive ? "live but not listed" : "listed but not live"}`);
    const found = await store.getItemById({ id });
    if (JSON.stringify(found) !== JSON.stringify(listed.get(id) ?? null)) broken.push(`${id}: found and listed differ`);
  }
  return broken;
}

export const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A storage object whose writes can be interrupted, and another one on its database; `undefined` where there cannot be one. */
export async function openInterruptible(
  context: DomainContext,
  inner: (engine: Engine) => Engine = (engine) => engine,
) {
  if (!context.canReopen || !context.capabilities.compareAndSwap) return undefined;
  const { wrap, arm } = interrupting();
  const slow = await context.open({ wrap: (engine) => wrap(inner(engine)) });
  const fast = await context.reopen(slow, { wrap: inner });
  const both = async <Store>(key: "datasets" | "experiments") =>
    [(await slow.getStore(key)) as Store, (await fast.getStore(key)) as Store] as const;
  return {
    arm,
    datasets: await both<DatasetsStorage>("datasets"),
    experiments: await both<ExperimentsStorage>("experiments"),
  };
}
