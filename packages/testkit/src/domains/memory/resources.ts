import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { at, costsOf, refusal, storeWith } from "./lab.ts";

export function resourcesSuite(context: DomainContext): void {
  const open = () => storeWith(context);
  const resource = (rest = {}) => ({ id: "alice", createdAt: at(0), updatedAt: at(1), ...rest });

  describe("resources", () => {
    test("come back as saved, and a second save replaces everything", async () => {
      const store = await open();
      expect(await store.getResourceById({ resourceId: "alice" })).toBeNull();
      const given = resource({ workingMemory: "# Notes", metadata: { a: [1] } });
      expect(await store.saveResource({ resource: given })).toEqual(given);
      expect(await store.getResourceById({ resourceId: "alice" })).toEqual(given);
      await store.saveResource({ resource: resource() });
      expect(await store.getResourceById({ resourceId: "alice" })).toEqual(resource());
      await expect(store.saveResource({ resource: resource({ id: "" }) })).rejects.toMatchObject(
        refusal("INVALID_INPUT", 400),
      );
      expect(await store.getResourceById({ resourceId: "" })).toBeNull();
    });

    test("are not made by threads and messages", async () => {
      const store = await storeWith(context, "t");
      expect(await store.getResourceById({ resourceId: "alice" })).toBeNull();
    });

    fd("FD-066", "working memory is text, character for character", async () => {
      const store = await open();
      for (const workingMemory of [
        '{"a":1}',
        "10.5",
        "null",
        "true",
        "[]",
        "",
        "a\0b\ud800",
        "# Kopf\r\n\tü😀",
        "x".repeat(50_000),
      ]) {
        expect((await store.updateResource({ resourceId: "alice", workingMemory })).workingMemory).toBe(workingMemory);
        expect((await store.getResourceById({ resourceId: "alice" }))?.workingMemory).toBe(workingMemory);
      }
      await expect(
        store.updateResource({ resourceId: "alice", workingMemory: { a: 1 } as never }),
      ).rejects.toMatchObject(refusal("INVALID_INPUT", 400));
    });

    test("a change makes the resource when there is none", async () => {
      const store = await open();
      const made = await store.updateResource({ resourceId: "alice", workingMemory: "w" });
      expect(made).toMatchObject({ id: "alice", workingMemory: "w", metadata: {} });
      expect(made.createdAt).toEqual(made.updatedAt);
      expect(await store.getResourceById({ resourceId: "alice" })).toEqual(made);
      await expect(store.updateResource({ resourceId: "" })).rejects.toMatchObject(refusal("INVALID_INPUT", 400));
    });

    test("a change touches what is given: metadata merges, null clears working memory", async () => {
      const store = await open();
      await store.saveResource({ resource: resource({ workingMemory: "w", metadata: { a: 1, b: { c: 1 } } }) });
      const merged = await store.updateResource({
        resourceId: "alice",
        metadata: { a: undefined, b: { d: 2 }, e: null },
      });
      expect(merged).toMatchObject({ workingMemory: "w", metadata: { b: { d: 2 }, e: null }, createdAt: at(0) });
      expect(merged.metadata).not.toHaveProperty("a");
      expect(merged.updatedAt.getTime()).toBeGreaterThan(at(1).getTime());
      const cleared = await store.updateResource({ resourceId: "alice", workingMemory: null });
      expect(cleared.workingMemory).toBeUndefined();
      expect(cleared.metadata).toEqual(merged.metadata);
      expect(cleared.updatedAt.getTime()).toBeGreaterThan(merged.updatedAt.getTime());
      expect(await store.getResourceById({ resourceId: "alice" })).toEqual(cleared);
    });

    fd("FD-013", "parallel first changes make one resource with every key", async () => {
      const store = await open();
      await Promise.all([
        ...Array.from({ length: 30 }, (_, index) =>
          store.updateResource({ resourceId: "alice", metadata: { [`k${index}`]: index } }),
        ),
        store.updateResource({ resourceId: "alice", workingMemory: "w" }),
      ]);
      const { metadata, workingMemory } = (await store.getResourceById({ resourceId: "alice" })) ?? {};
      expect(Object.keys(metadata ?? {})).toHaveLength(30);
      expect(workingMemory).toBe("w");
    });

    test("round trips", async () => {
      const costs = await costsOf(context, async (store, costOf, id) => ({
        save: await costOf(() => store.saveResource({ resource: resource({ id }) })),
        get: await costOf(() => store.getResourceById({ resourceId: id })),
        update: await costOf(() => store.updateResource({ resourceId: id, workingMemory: "w" })),
      }));
      expect(costs).toEqual({ save: 1, get: 1, update: 2 });
    });
  });
}
