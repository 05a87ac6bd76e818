import type { DatasetRecord } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { inputs, open, openTwice, rejection, versionOf, withItems } from "./lab.ts";

const everything = {
  name: "Set",
  description: "",
  metadata: { a: [1, null, { b: false }], "": 0 },
  inputSchema: { type: "object" },
  groundTruthSchema: { type: "string" },
  requestContextSchema: { nonsense: true },
  targetType: "agent",
  targetIds: [],
  scorerIds: ["s"],
  organizationId: "o",
  projectId: "p",
  candidateKey: "k",
  candidateId: "c",
};

export function recordsSuite(context: DomainContext): void {
  describe("datasets", () => {
    test("a new dataset has what was given, version 0 and one instant", async () => {
      const store = await open(context);
      const made = await store.createDataset(everything);
      expect(made).toEqual({
        ...everything,
        id: made.id,
        version: 0,
        createdAt: made.createdAt,
        updatedAt: made.createdAt,
      });
      expect(made.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
      expect(made.createdAt).toBeInstanceOf(Date);
      if (context.clock) expect(made.createdAt.getTime()).toBe(context.clock.now());
      expect(await store.getDatasetById({ id: made.id })).toEqual(made);

      const bare = await store.createDataset({ name: "", metadata: null, targetIds: null, organizationId: null });
      expect(Object.keys(bare).sort()).toEqual(
        [
          "candidateId",
          "candidateKey",
          "createdAt",
          "id",
          "name",
          "organizationId",
          "projectId",
          "updatedAt",
          "version",
        ].sort(),
      );
      expect(bare).toMatchObject({
        name: "",
        organizationId: null,
        projectId: null,
        candidateKey: null,
        candidateId: null,
      });
      expect(await store.getDatasetById({ id: bare.id })).toEqual(bare);
    });

    test("what comes back and what was given are the caller's own", async () => {
      const store = await open(context);
      const metadata = { list: [1] };
      const made = await store.createDataset({ name: "set", metadata });
      metadata.list.push(2);
      (made.metadata as typeof metadata).list.push(3);
      expect((await store.getDatasetById({ id: made.id }))?.metadata).toEqual({ list: [1] });
    });

    test("with an id of the caller: creates or returns, and refuses another tenant's or candidate's", async () => {
      const store = await open(context);
      const input = { id: "mine", name: "first", organizationId: "o", candidateKey: "k" };
      const first = await store.createDataset(input);
      expect(await store.createDataset({ ...input, name: "second", projectId: null })).toEqual(first);
      for (const change of [
        { organizationId: "x" },
        { projectId: "p" },
        { candidateKey: null },
        { candidateId: "c" },
      ]) {
        const error = await rejection(store.createDataset({ ...input, ...change }));
        expect(error).toMatchObject({ id: "DATASET_ID_CONFLICT", category: "USER", details: { status: 409 } });
      }
      expect(await rejection(store.createDataset({ id: "", name: "x" }))).toMatchObject({
        id: "DATASET_INVALID_ID",
        details: { status: 400 },
      });
      for (const id of [{}, 5, "a\0b", "\ud800"]) {
        expect(await rejection(store.createDataset({ id: id as never, name: "x" }))).toMatchObject({
          category: "USER",
        });
      }
      expect((await store.listDatasets()).datasets).toEqual([first]);
    });

    fd("FD-039", "of many creations with one id one makes the dataset and all return it", async () => {
      const { stores } = await openTwice(context);
      const made = await Promise.all(
        Array.from({ length: 12 }, (_, n) => stores[(n % 2) as 0 | 1].createDataset({ id: "one", name: `${n}` })),
      );
      for (const record of made) expect(record).toEqual(made[0]);
      expect((await stores[0].listDatasets()).pagination.total).toBe(1);
    });

    test("an update changes what is given, and updatedAt, but not the version", async () => {
      const store = await open(context);
      const made = await store.createDataset(everything);
      context.clock?.advance(1000);
      const updated = await store.updateDataset({
        id: made.id,
        name: "New",
        metadata: { only: 1 },
        tags: ["t"],
        targetIds: ["x"],
      });
      expect(updated).toEqual({
        ...made,
        name: "New",
        metadata: { only: 1 },
        tags: ["t"],
        targetIds: ["x"],
        updatedAt: updated.updatedAt,
      });
      if (context.clock) expect(updated.updatedAt.getTime()).toBe(made.updatedAt.getTime() + 1000);
      expect(await store.getDatasetById({ id: made.id })).toEqual(updated);
      context.clock?.advance(1000);
      const touched = await store.updateDataset({ id: made.id });
      expect(touched).toEqual({ ...updated, updatedAt: touched.updatedAt });
      expect(touched.updatedAt.getTime()).toBeGreaterThanOrEqual(updated.updatedAt.getTime());
    });

    test("null clears where it can, and is nothing for name, description and metadata", async () => {
      const store = await open(context);
      const made = await store.createDataset(everything);
      await store.updateDataset({ id: made.id, tags: ["t"] });
      const kept = await store.updateDataset({
        id: made.id,
        name: null,
        description: null,
        metadata: null,
        scorerIds: [],
      });
      expect(kept).toMatchObject({
        name: "Set",
        description: "",
        metadata: everything.metadata,
        tags: ["t"],
        scorerIds: [],
      });
      const cleared = await store.updateDataset({
        id: made.id,
        inputSchema: null,
        groundTruthSchema: null,
        requestContextSchema: null,
        tags: null,
        targetType: null,
        targetIds: null,
        scorerIds: null,
      });
      for (const name of [
        "inputSchema",
        "groundTruthSchema",
        "requestContextSchema",
        "tags",
        "targetType",
        "targetIds",
        "scorerIds",
      ]) {
        expect(cleared).not.toHaveProperty(name);
      }
    });

    test("updatedAt never goes back", async () => {
      if (!context.clock) return;
      const store = await open(context);
      const made = await store.createDataset({ name: "set" });
      context.clock.set(made.createdAt.getTime() - 60_000);
      expect((await store.updateDataset({ id: made.id, name: "x" })).updatedAt).toEqual(made.updatedAt);
    });

    test("tenancy and candidates cannot be changed", async () => {
      const store = await open(context);
      const made = await store.createDataset(everything);
      const foreign = {
        organizationId: "x",
        projectId: "x",
        candidateKey: "x",
        candidateId: "x",
        version: 9,
        createdAt: 0,
      };
      const updated = await store.updateDataset({ id: made.id, ...foreign } as never);
      expect(updated).toEqual({ ...made, updatedAt: updated.updatedAt });
    });

    test("what is not there: null, an error, or nothing to do", async () => {
      const store = await open(context);
      for (const id of ["unknown", "", "a\0b", "\ud800"]) {
        expect(await store.getDatasetById({ id })).toBeNull();
        await store.deleteDataset({ id });
        const error = await rejection(store.updateDataset({ id, name: "x" }));
        expect(error).toMatchObject({
          id: "DATASET_NOT_FOUND",
          category: "USER",
          details: { status: 404, operation: "updateDataset" },
        });
        expect((error as Error).message).toContain("Dataset not found");
        expect((error as Error).message).toContain(id);
      }
      for (const id of [{}, ["x"], 5]) {
        expect(await rejection(store.getDatasetById({ id: id as never }))).toMatchObject({ category: "USER" });
        expect(await rejection(store.deleteDataset({ id: id as never }))).toMatchObject({ category: "USER" });
      }
    });

    test("bad values are refused with their path", async () => {
      const store = await open(context);
      for (const bad of [
        { name: undefined },
        { name: {} },
        { name: "a\0b" },
        { metadata: [] },
        { inputSchema: "x" },
        { targetIds: "x" },
        { targetIds: [1] },
        { targetType: {} },
        { organizationId: 5 },
        { candidateId: {} },
      ]) {
        const error = await rejection(store.createDataset({ name: "x", ...bad } as never));
        expect(error, JSON.stringify(bad)).toMatchObject({ category: "USER", details: { status: 400 } });
      }
      expect((await store.listDatasets()).datasets).toEqual([]);
    });

    fd("FD-136", "a deleted dataset leaves nothing behind, and its id can be used again", async () => {
      const store = await open(context);
      const made = await store.createDataset({ id: "again", name: "old" });
      const items = await store.batchInsertItems({
        datasetId: "again",
        items: [{ input: 1, externalId: "e" }, { input: 2 }],
      });
      await store.updateItem({ id: items[0]?.id as string, datasetId: "again", input: 3 });
      const { dataset: other, items: others } = await withItems(store, 2);
      await store.deleteDataset({ id: made.id });
      await store.deleteDataset({ id: made.id });

      expect(await store.getDatasetById({ id: "again" })).toBeNull();
      for (const { id } of items) {
        expect(await store.getItemById({ id })).toBeNull();
        expect(await store.getItemById({ id, datasetVersion: 1 })).toBeNull();
        expect(await store.getItemHistory(id)).toEqual([]);
      }
      expect(await store.getItemsByVersion({ datasetId: "again", version: 1 })).toEqual([]);
      expect(await inputs(store, "again")).toEqual([]);
      expect((await store.listDatasetVersions({ datasetId: "again" })).versions).toEqual([]);
      expect(await store.getItemById({ id: others[0]?.id as string })).toEqual(others[0]);

      const renewed = await store.createDataset({ id: "again", name: "new", organizationId: "o" });
      expect(renewed).toMatchObject({ name: "new", version: 0, organizationId: "o" });
      expect(await store.addItem({ datasetId: "again", input: 9, externalId: "e" })).toMatchObject({
        input: 9,
        datasetVersion: 1,
      });
      expect(await store.getItemHistory(items[0]?.id as string)).toEqual([]);
      expect(await versionOf(store, other.id)).toBe(2);
    });

    test("clearing removes all of this domain", async () => {
      const store = await open(context);
      const { dataset, items } = await withItems(store, 3);
      await store.dangerouslyClearAll();
      expect(await store.getDatasetById({ id: dataset.id })).toBeNull();
      expect(await store.getItemHistory(items[0]?.id as string)).toEqual([]);
      expect((await store.listDatasets()).pagination.total).toBe(0);
      expect((await store.createDataset({ id: dataset.id, name: "x" })).version).toBe(0);
    });
  });

  describe("lists of datasets", () => {
    async function seeded() {
      const store = await open(context);
      const made: DatasetRecord[] = [];
      for (const [n, input] of [
        { name: "b", organizationId: "o1", projectId: "p1", targetType: "agent", targetIds: ["x", "y"] },
        { name: "a", organizationId: "o1", projectId: "p2", candidateKey: "k", candidateId: "1" },
        { name: "C%_", organizationId: "o2", projectId: "p1", candidateKey: "k", candidateId: "2", targetIds: [] },
        { name: "Ärger", targetType: "agent", targetIds: ["y", 'z"'] },
      ].entries()) {
        if (n !== 2) context.clock?.advance(1000);
        made.push(await store.createDataset(input));
      }
      return { store, made };
    }

    test("default order and the others, exactly reversed", async () => {
      const { store, made } = await seeded();
      const names = async (orderBy?: object) =>
        (await store.listDatasets({ pagination: { page: 0 }, ...(orderBy && { orderBy }) })).datasets.map(
          ({ name }) => name,
        );
      if (context.clock) {
        expect(await names()).toEqual(["Ärger", "C%_", "a", "b"]);
        context.clock.advance(1000);
        await store.updateDataset({ id: made[0]?.id as string });
        expect(await names({ field: "updatedAt" })).toEqual(["b", "Ärger", "C%_", "a"]);
      }
      expect(await names({ field: "name", direction: "ASC" })).toEqual(["C%_", "a", "b", "Ärger"]);
      for (const field of ["createdAt", "updatedAt", "name"]) {
        const up = await names({ field, direction: "ASC" });
        expect(await names({ field, direction: "DESC" })).toEqual(up.toReversed());
      }
    });

    test.each<[filters: object, names: string[]]>([
      [{}, ["a", "b", "C%_", "Ärger"]],
      [{ organizationId: "o1" }, ["a", "b"]],
      [{ organizationId: "o1", projectId: "p1" }, ["b"]],
      [{ projectId: "p1" }, ["b", "C%_"]],
      [{ organizationId: "" }, []],
      [{ organizationId: "a\0" }, []],
      [{ candidateKey: "k" }, ["a", "C%_"]],
      [{ candidateKey: "k", candidateId: "2" }, ["C%_"]],
      [{ candidateId: "1" }, ["a"]],
      [{ candidateKey: "k", organizationId: "o2" }, ["C%_"]],
      [{ targetType: "agent" }, ["b", "Ärger"]],
      [{ targetIds: [] }, ["a", "b", "C%_", "Ärger"]],
      [{ targetIds: ["x"] }, ["b"]],
      [{ targetIds: ["y", "nobody"] }, ["b", "Ärger"]],
      [{ targetIds: ['z"'] }, ["Ärger"]],
      [{ name: "" }, ["a", "b", "C%_", "Ärger"]],
      [{ name: "%" }, ["C%_"]],
      [{ name: "_" }, ["C%_"]],
      [{ name: "äR" }, ["Ärger"]],
      [{ name: "B" }, ["b"]],
      [{ name: "A", organizationId: "o1" }, ["a"]],
    ])("filters %j", async (filters, names) => {
      const { store } = await seeded();
      for (const field of ["createdAt", "updatedAt", "name"] as const) {
        const { datasets, pagination } = await store.listDatasets({ filters, orderBy: { field } });
        const found = datasets.map(({ name }) => name).sort((a, b) => a.localeCompare(b));
        expect(found).toEqual([...names].sort((a, b) => a.localeCompare(b)));
        expect(pagination).toEqual({ total: names.length, page: 0, perPage: 100, hasMore: false });
      }
    });

    fd("FD-040", "pages over equal times have each dataset once", async () => {
      const store = await open(context);
      for (let n = 0; n < 23; n++) await store.createDataset({ name: "same" });
      for (const field of ["createdAt", "name"] as const) {
        const ids: string[] = [];
        let cursor: string | undefined;
        const byCursor: string[] = [];
        for (let page = 0; page < 5; page++) {
          const paged = await store.listDatasets({ pagination: { page, perPage: 5 }, orderBy: { field } });
          expect(paged.pagination).toEqual({ total: 23, page, perPage: 5, hasMore: page < 4 });
          ids.push(...paged.datasets.map(({ id }) => id));
          const next = await store.listDatasets({
            pagination: { perPage: 5 },
            orderBy: { field },
            ...(cursor !== undefined && { after: cursor }),
          });
          byCursor.push(...next.datasets.map(({ id }) => id));
          cursor = next.nextCursor;
        }
        expect(new Set(ids).size).toBe(23);
        expect(ids).toEqual([...ids].sort().reverse());
        expect(byCursor).toEqual(ids);
        expect(cursor).toBeUndefined();
      }
      const past = await store.listDatasets({ pagination: { page: 9, perPage: 5 } });
      expect(past).toEqual({ datasets: [], pagination: { total: 23, page: 9, perPage: 5, hasMore: false } });
      expect(await store.listDatasets({ pagination: { page: 2, perPage: 0 } })).toEqual({
        datasets: [],
        pagination: { total: 23, page: 2, perPage: 0, hasMore: false },
      });
      const all = await store.listDatasets({ pagination: { page: 1, perPage: false } });
      expect(all.pagination).toEqual({ total: 23, page: 1, perPage: false, hasMore: false });
      expect(all.datasets).toHaveLength(23);
    });

    test("bad pages, orders and filters are refused, also where nothing would be found", async () => {
      const store = await open(context);
      for (const [args, words] of [
        [{ pagination: { page: -1 } }, "page must be >= 0"],
        [{ pagination: { page: 1.5 } }, "page must be >= 0"],
        [{ pagination: { page: 0, perPage: -1 } }, "perPage must be >= 0"],
        [{ pagination: { page: 0, perPage: true } }, "perPage must be >= 0"],
        [{ orderBy: { field: "version" } }, "orderBy.field"],
        [{ orderBy: { field: "constructor" } }, "orderBy.field"],
        [{ orderBy: { direction: "asc" } }, "orderBy.direction"],
        [{ filters: { organizationId: {} } }, "organizationId"],
        [{ filters: { organizationId: null } }, "organizationId"],
        [{ filters: null }, "filters"],
        [{ filters: { targetIds: "x" } }, "targetIds"],
        [{ filters: { name: 5 } }, "name"],
      ] as const) {
        const error = await rejection(store.listDatasets(args as never));
        expect(error, JSON.stringify(args)).toMatchObject({ category: "USER", details: { status: 400 } });
        expect((error as Error).message).toContain(words);
      }
    });
  });
}
