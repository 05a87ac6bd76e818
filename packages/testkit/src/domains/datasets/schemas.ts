import { DatasetSchemaPatternError, SchemaUpdateValidationError, SchemaValidationError } from "@stowage/core";
import { describe, expect, test } from "vitest";
import type { DomainContext } from "../context.ts";
import { open, openTwice, rejection, versionOf } from "./lab.ts";

const person = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer", minimum: 0 } },
  required: ["name"],
  additionalProperties: false,
};

export function schemasSuite(context: DomainContext): void {
  describe("schemas", () => {
    test("inputs and ground truths are tested where they are given", async () => {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({
        name: "set",
        inputSchema: person,
        groundTruthSchema: { type: "string" },
        requestContextSchema: { type: "string" },
      });
      const item = await store.addItem({ datasetId, input: { name: "n" }, requestContext: { any: 1 } });
      await store.updateItem({ id: item.id, datasetId, groundTruth: "g" });
      await store.updateItem({ id: item.id, datasetId, metadata: { a: 1 } });
      for (const [call, field, path, code] of [
        [() => store.addItem({ datasetId, input: "text" }), "input", "/", "type"],
        [() => store.addItem({ datasetId, input: { name: "n", age: -1 } }), "input", "/age", "minimum"],
        [() => store.addItem({ datasetId, input: { name: "n" }, groundTruth: null }), "groundTruth", "/", "type"],
        [() => store.updateItem({ id: item.id, datasetId, input: null }), "input", "/", "type"],
        [() => store.updateItem({ id: item.id, datasetId, groundTruth: 1 }), "groundTruth", "/", "type"],
      ] as const) {
        const error = await rejection(call());
        expect(error).toBeInstanceOf(SchemaValidationError);
        expect(error).toMatchObject({
          name: "SchemaValidationError",
          field,
          category: "USER",
          details: { status: 400 },
        });
        const [issue] = (error as SchemaValidationError).errors;
        expect(issue).toEqual({ path, code, message: expect.any(String) });
      }
      expect(await versionOf(store, datasetId)).toBe(3);
    });

    test("a batch fails at its first bad item, and writes nothing; at most five things are said", async () => {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({ name: "set", inputSchema: { items: { type: "string" } } });
      const error = await rejection(
        store.batchInsertItems({ datasetId, items: [{ input: ["a"] }, { input: Array(20).fill(1) }, { input: [2] }] }),
      );
      expect((error as SchemaValidationError).errors).toHaveLength(5);
      expect(error).toMatchObject({ details: { index: 1 } });
      expect(await versionOf(store, datasetId)).toBe(0);
    });

    test("the order of the checks: dataset, then item by item external id, payload, schema", async () => {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({ name: "set", inputSchema: { type: "string" } });
      const fails = async (items: object[], id: string) =>
        expect(await rejection(store.batchInsertItems({ datasetId, items: items as never }))).toMatchObject({ id });
      await fails([{ externalId: "", input: new Date() }], "DATASET_ITEM_EXTERNAL_ID_INVALID");
      await fails([{ input: new Date() }, { externalId: "", input: "a" }], "DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE");
      await fails([{ input: 1 }, { input: new Date() }], "DATASET_SCHEMA_VALIDATION_FAILED");
      expect(await rejection(store.addItem({ datasetId: "unknown", externalId: "", input: new Date() }))).toMatchObject(
        {
          id: "DATASET_NOT_FOUND",
        },
      );
      await store.addItem({ datasetId, input: "a", externalId: "x" });
      await fails([{ externalId: "x", input: "b" }, { input: 1 }], "DATASET_SCHEMA_VALIDATION_FAILED");
      await fails([{ externalId: "x", input: "b" }, { input: "c" }], "DATASET_ITEM_IDENTITY_CONFLICT");
    });

    test.each([
      { type: "objekt" },
      { properties: [] },
      { $ref: "https://example.com/elsewhere.json" },
      { $ref: "#/nowhere" },
    ])("%j is refused when it is given", async (schema) => {
      const store = await open(context);
      for (const field of ["inputSchema", "groundTruthSchema"]) {
        expect(await rejection(store.createDataset({ name: "x", [field]: schema }))).toMatchObject({
          id: "DATASET_SCHEMA_INVALID",
          details: { status: 400 },
        });
        const { id } = await store.createDataset({ name: "x" });
        expect(await rejection(store.updateDataset({ id, [field]: schema }))).toMatchObject({
          id: "DATASET_SCHEMA_INVALID",
        });
        expect(await store.getDatasetById({ id })).not.toHaveProperty(field);
      }
      expect(await store.createDataset({ name: "x", requestContextSchema: schema })).toMatchObject({
        requestContextSchema: schema,
      });
    });

    test("patterns that cannot run in linear time are refused, the others run in it", async () => {
      const store = await open(context);
      for (const pattern of ["(?=a)", "(?<!a)b", "(a)\\1", "(?<n>a)\\k<n>"]) {
        for (const inputSchema of [
          { pattern },
          { patternProperties: { [pattern]: {} } },
          { items: [{ not: { pattern } }] },
        ]) {
          const error = await rejection(store.createDataset({ name: "x", inputSchema }));
          expect(error).toBeInstanceOf(DatasetSchemaPatternError);
          expect(error).toMatchObject({ id: "DATASET_SCHEMA_PATTERN_UNSUPPORTED", pattern, category: "USER" });
        }
      }
      const { id: datasetId } = await store.createDataset({ name: "x", inputSchema: { pattern: "^(a+)+$" } });
      expect(await rejection(store.addItem({ datasetId, input: `${"a".repeat(5000)}b` }))).toMatchObject({
        name: "SchemaValidationError",
      });
      await store.addItem({ datasetId, input: "a".repeat(5000) });
    });

    test("no text of a schema runs", async () => {
      const store = await open(context);
      const hostile = '");globalThis.__stowageRan=1;("';
      const { id: datasetId } = await store.createDataset({
        name: "x",
        inputSchema: {
          properties: { [hostile]: { const: hostile } },
          required: [hostile],
          format: hostile,
          title: hostile,
        },
      });
      await store.addItem({ datasetId, input: { [hostile]: hostile } });
      expect(await rejection(store.addItem({ datasetId, input: {} }))).toMatchObject({ name: "SchemaValidationError" });
      expect(globalThis).not.toHaveProperty("__stowageRan");
    });

    test("a schema changes only when every current item satisfies it", async () => {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({ name: "set" });
      const items = await store.batchInsertItems({
        datasetId,
        items: [
          { input: 1 },
          { input: "a", groundTruth: 5 },
          { input: "b" },
          { input: "gone" },
          { input: 7, groundTruth: 6 },
        ],
      });
      await store.deleteItem({ id: items[3]?.id as string, datasetId });
      const change = {
        id: datasetId,
        name: "changed",
        inputSchema: { type: "string" },
        groundTruthSchema: { type: "null" },
      };
      const error = await rejection(store.updateDataset(change));
      expect(error).toBeInstanceOf(SchemaUpdateValidationError);
      expect(error).toMatchObject({
        name: "SchemaUpdateValidationError",
        details: { status: 400 },
        failingItems: [
          { index: 0, data: { input: 7, groundTruth: 6 }, field: "input" },
          { index: 0, data: { input: 7, groundTruth: 6 }, field: "groundTruth" },
          {
            index: 2,
            data: { input: "a", groundTruth: 5 },
            field: "groundTruth",
            errors: [{ path: "/", code: "type" }],
          },
          { index: 3, data: { input: 1, groundTruth: undefined }, field: "input" },
        ],
      });
      const before = await store.getDatasetById({ id: datasetId });
      expect(before).toMatchObject({ name: "set" });
      expect(before).not.toHaveProperty("inputSchema");

      await store.updateItem({ id: items[0]?.id as string, datasetId, input: "x" });
      await store.updateItem({ id: items[1]?.id as string, datasetId, groundTruth: null });
      await store.deleteItem({ id: items[4]?.id as string, datasetId });
      expect(await store.updateDataset(change)).toMatchObject({ name: "changed", inputSchema: { type: "string" } });
      expect(await rejection(store.addItem({ datasetId, input: 1 }))).toMatchObject({ name: "SchemaValidationError" });
      await store.updateDataset({ id: datasetId, inputSchema: null });
      await store.addItem({ datasetId, input: 1 });
      expect(await rejection(store.updateDataset({ id: datasetId, inputSchema: { type: "string" } }))).toMatchObject({
        name: "SchemaUpdateValidationError",
      });
    });

    test("at most ten failing items are named; an equal schema is no change; purged items are exempt", async () => {
      const store = await open(context);
      const { id: datasetId } = await store.createDataset({ name: "set" });
      const items = await store.batchInsertItems({
        datasetId,
        items: Array.from({ length: 30 }, (_, n) => ({ input: n })),
      });
      const error = await rejection(store.updateDataset({ id: datasetId, inputSchema: { type: "string" } }));
      expect((error as SchemaUpdateValidationError).failingItems).toHaveLength(10);
      await store.batchDeleteItems({ datasetId, itemIds: items.slice(1).map(({ id }) => id) });
      await store.purgeItem({ id: items[0]?.id as string, datasetId });
      await store.updateDataset({ id: datasetId, inputSchema: { type: "string", minLength: 1 } });
      expect(await store.updateDataset({ id: datasetId, inputSchema: { minLength: 1, type: "string" } })).toMatchObject(
        {
          inputSchema: { type: "string", minLength: 1 },
        },
      );
    });

    test("another process enforces the new schema at once", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set", inputSchema: { type: "string" } });
      await stores[1].addItem({ datasetId, input: "a" });
      await stores[0].updateDataset({ id: datasetId, inputSchema: { type: ["string", "number"] } });
      await stores[1].addItem({ datasetId, input: 1 });
      expect(
        await rejection(stores[1].updateDataset({ id: datasetId, inputSchema: { type: "string" } })),
      ).toMatchObject({
        name: "SchemaUpdateValidationError",
      });
      await stores[1].updateDataset({ id: datasetId, inputSchema: { not: { type: "boolean" } } });
      expect(await rejection(stores[0].addItem({ datasetId, input: true }))).toMatchObject({
        name: "SchemaValidationError",
      });
      await stores[0].addItem({ datasetId, input: null });
    });

    test("a change of schema against writers: never an item beside a schema that it does not satisfy", async () => {
      const { stores } = await openTwice(context);
      const { id: datasetId } = await stores[0].createDataset({ name: "set" });
      await stores[0].addItem({ datasetId, input: "s" });
      const writes = Array.from({ length: 8 }, (_, n) =>
        rejection(stores[1].addItem({ datasetId, input: n % 2 ? "s" : n })),
      );
      const change = rejection(stores[0].updateDataset({ id: datasetId, inputSchema: { type: "string" } }));
      await Promise.all([...writes, change]);
      const dataset = await stores[0].getDatasetById({ id: datasetId });
      const { items } = await stores[0].listItems({ datasetId });
      if (dataset?.inputSchema) expect(items.every(({ input }) => typeof input === "string")).toBe(true);
      else expect(await change).toMatchObject({ name: "SchemaUpdateValidationError" });
      expect(items.length).toBe(dataset?.version);
    });
  });
}
