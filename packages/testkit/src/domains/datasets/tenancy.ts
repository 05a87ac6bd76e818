import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { open, rejection, versionOf } from "./lab.ts";

export function tenancySuite(context: DomainContext): void {
  describe("tenancy", () => {
    async function seeded() {
      const store = await open(context);
      const dataset = await store.createDataset({ name: "mine", organizationId: "o1", projectId: "p1" });
      const item = await store.addItem({ datasetId: dataset.id, input: 1, externalId: "e" });
      const free = await store.createDataset({ name: "free" });
      return { store, dataset, item, free };
    }
    const own = [
      {},
      { organizationId: "o1" },
      { projectId: "p1" },
      { organizationId: "o1", projectId: "p1" },
      { organizationId: undefined },
    ];
    const foreign = [
      { organizationId: "o2" },
      { projectId: "p2" },
      { organizationId: "o1", projectId: "p2" },
      { organizationId: "" },
    ];

    fd("FD-053", "a dataset out of scope is one that does not exist, for every method and in every word", async () => {
      const { store, dataset, item, free } = await seeded();
      const same = async (call: (datasetId: string) => Promise<unknown>) => {
        const hidden = (await rejection(call(dataset.id))) as Record<string, unknown>;
        const missing = (await rejection(call("missing"))) as Record<string, unknown>;
        expect(hidden).toBeDefined();
        const plain = (error: Record<string, unknown>, id: string) => JSON.stringify(error).replaceAll(id, "ID");
        expect(plain(hidden, dataset.id)).toBe(plain(missing, "missing"));
        expect(hidden.id).toBe("DATASET_NOT_FOUND");
      };
      for (const filters of foreign as { organizationId?: string }[]) {
        expect(await store.getDatasetById({ id: dataset.id, filters })).toBeNull();
        await same((id) => store.updateDataset({ id, name: "x", filters }));
        await same((datasetId) => store.addItem({ datasetId, input: new Date(), filters }));
        await same((datasetId) => store.batchInsertItems({ datasetId, items: [], filters }));
        await same((datasetId) => store.updateItem({ id: item.id, datasetId, input: new Date(), filters }));
        await same((datasetId) => store.batchDeleteItems({ datasetId, itemIds: [item.id], filters }));
        await store.deleteItem({ id: item.id, datasetId: dataset.id, filters });
        await store.purgeItem({ id: item.id, datasetId: dataset.id, filters });
        await store.deleteDataset({ id: dataset.id, filters });
        expect((await store.listItems({ datasetId: dataset.id, filters })).pagination.total).toBe(0);
        expect((await store.listDatasets({ filters })).pagination.total).toBe(0);
        expect(await store.getDatasetById({ id: free.id, filters })).toBeNull();
      }
      expect(await store.getDatasetById({ id: dataset.id })).toEqual({ ...dataset, version: 1 });
      expect(await store.getItemById({ id: item.id })).toEqual(item);
    });

    test("within the scope everything works", async () => {
      const { store, dataset, item, free } = await seeded();
      for (const filters of own as { organizationId?: string }[]) {
        expect(await store.getDatasetById({ id: dataset.id, filters })).toMatchObject({ id: dataset.id });
        expect((await store.listItems({ datasetId: dataset.id, filters })).pagination.total).toBe(1);
        await store.updateDataset({ id: dataset.id, name: "mine", filters });
        await store.updateItem({ id: item.id, datasetId: dataset.id, input: 2, filters });
        const extra = await store.addItem({ datasetId: dataset.id, input: 3, filters });
        await store.purgeItem({ id: extra.id, datasetId: dataset.id, filters });
        await store.deleteItem({ id: extra.id, datasetId: dataset.id, filters });
      }
      expect(await store.getDatasetById({ id: free.id, filters: {} })).toEqual(free);
      await store.deleteDataset({ id: dataset.id, filters: { organizationId: "o1", projectId: "p1" } });
      expect(await store.getDatasetById({ id: dataset.id })).toBeNull();
    });

    fd("FD-052", "filters that cannot be understood are refused, never ignored", async () => {
      const { store, dataset, item } = await seeded();
      for (const filters of [
        null,
        "o1",
        [],
        { organizationId: null },
        { organizationId: 5 },
        { projectId: { $ne: 1 } },
      ] as never[]) {
        for (const call of [
          () => store.getDatasetById({ id: dataset.id, filters }),
          () => store.updateDataset({ id: dataset.id, filters }),
          () => store.deleteDataset({ id: dataset.id, filters }),
          () => store.listDatasets({ filters }),
          () => store.listItems({ datasetId: dataset.id, filters }),
          () => store.addItem({ datasetId: dataset.id, input: 1, filters }),
          () => store.updateItem({ id: item.id, datasetId: dataset.id, filters }),
          () => store.deleteItem({ id: item.id, datasetId: dataset.id, filters }),
          () => store.batchDeleteItems({ datasetId: dataset.id, itemIds: [], filters }),
          () => store.purgeItem({ id: item.id, datasetId: dataset.id, filters }),
        ]) {
          expect(await rejection(call()), `${call} ${JSON.stringify(filters)}`).toMatchObject({ category: "USER" });
        }
      }
      expect(await versionOf(store, dataset.id)).toBe(1);
    });

    test("an item of another tenant is not there, rather than in another dataset", async () => {
      const { store, item } = await seeded();
      const mine = await store.createDataset({ name: "other", organizationId: "o2" });
      const target = { id: item.id, datasetId: mine.id, filters: { organizationId: "o2" } };
      expect(await rejection(store.updateItem({ ...target, input: 2 }))).toMatchObject({
        id: "DATASET_ITEM_NOT_FOUND",
      });
      await store.deleteItem(target);
      await store.purgeItem(target);
      expect(await store.getItemById({ id: item.id })).toEqual(item);
    });

    fd("FD-060", "tenants interleaved on one store keep their own", async () => {
      const store = await open(context);
      const tenants = Array.from({ length: 12 }, (_, n) => `org-${n}`);
      await Promise.all(
        tenants.map(async (organizationId) => {
          const filters = { organizationId };
          const { id: datasetId } = await store.createDataset({ name: "set", organizationId });
          const items = await store.batchInsertItems({
            datasetId,
            items: [{ input: organizationId }, { input: 1 }],
            filters,
          });
          await store.updateItem({ id: items[1]?.id as string, datasetId, input: organizationId, filters });
        }),
      );
      for (const organizationId of tenants) {
        const filters = { organizationId };
        const { datasets } = await store.listDatasets({ filters });
        expect(datasets).toHaveLength(1);
        const { items } = await store.listItems({ datasetId: datasets[0]?.id as string, filters });
        expect(items.map((one) => [one.input, one.organizationId])).toEqual(
          Array(2).fill([organizationId, organizationId]),
        );
      }
    });
  });
}
