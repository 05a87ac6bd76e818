import type { AgentsStorage, StorageListAgentsInput } from "@stowage/core";
import { describe, expect, test } from "vitest";
import { fd } from "../../field-defect.ts";
import type { DomainContext } from "../context.ts";
import { open } from "./samples.ts";

export function listsSuite(context: DomainContext): void {
  const ids = async (store: AgentsStorage, input?: StorageListAgentsInput) =>
    (await store.list(input)).agents.map(({ id }) => id);

  describe("lists of agents", () => {
    test("order by createdAt or updatedAt, ties by id in the same direction", async () => {
      const store = await open(context);
      for (const id of ["b", "\uffff", "a", "\u{10000}"]) await store.create({ agent: { id } });
      context.clock?.advance(1000);
      await store.create({ agent: { id: "late" } });
      if (context.clock) {
        const down = ["late", "\u{10000}", "\uffff", "b", "a"];
        expect(await ids(store)).toEqual(down);
        expect(await ids(store, { orderBy: { direction: "ASC" } })).toEqual([...down].reverse());
        expect(await ids(store, { status: "draft" })).toEqual(down);
        expect(await ids(store, { entityIds: ["a", "b", "\uffff", "\u{10000}", "late"] })).toEqual(down);
        context.clock.advance(1000);
        await store.update({ id: "b" });
        const updated = ["b", "late", "\u{10000}", "\uffff", "a"];
        expect(await ids(store, { orderBy: { field: "updatedAt" } })).toEqual(updated);
        expect(await ids(store, { orderBy: { field: "updatedAt", direction: "ASC" } })).toEqual([...updated].reverse());
        for (const orderBy of [{ field: "name" }, { direction: "desc" }, { field: "constructor", direction: 5 }, {}]) {
          expect(await ids(store, { orderBy: orderBy as never })).toEqual(down);
        }
      }
    });

    test("conditions are exact and all hold together", async () => {
      const store = await open(context);
      await store.create({ agent: { id: "1", authorId: "me" } });
      await store.create({ agent: { id: "2", authorId: "me", visibility: "public" } });
      await store.create({ agent: { id: "3", authorId: "you" } });
      await store.create({ agent: { id: "4" } });
      await store.update({ id: "2", status: "published" });
      await store.update({ id: "3", status: "archived" });
      const cases: [StorageListAgentsInput, string[]][] = [
        [{}, ["1", "2", "3", "4"]],
        [{ status: "draft" }, ["1", "4"]],
        [{ status: "published" }, ["2"]],
        [{ status: "Draft" }, []],
        [{ authorId: "me" }, ["1", "2"]],
        [{ authorId: "" }, []],
        [{ visibility: "private" }, ["1", "3"]],
        [{ visibility: "private", authorId: "me" }, ["1"]],
        [{ status: "published", authorId: "me", visibility: "public" }, ["2"]],
        [{ status: "published", authorId: "you" }, []],
        [{ authorId: "a\0" }, []],
        [{ entityIds: ["3", "1", "unknown", "1", ""] }, ["1", "3"]],
        [{ entityIds: ["1", "3"], authorId: "me" }, ["1"]],
        [{ entityIds: [] }, []],
        [{ status: undefined, authorId: undefined, metadata: {}, entityIds: undefined } as never, ["1", "2", "3", "4"]],
      ];
      for (const [input, expected] of cases) {
        const { agents, total } = await store.list(input);
        expect(agents.map(({ id }) => id).sort(), JSON.stringify(input)).toEqual(expected);
        expect(total).toBe(expected.length);
      }
    });

    test("metadata: each top-level member is deeply equal", async () => {
      const store = await open(context);
      const stored: Record<string, Record<string, unknown>> = {
        a: { n: 1, o: { x: 1, y: [1, 2] }, z: null },
        b: { n: "1", o: { y: [1, 2], x: 1 } },
        c: { n: true, o: { x: 1 } },
        d: { n: null, "a.b": 1, $x: [] },
        e: { "": 0, __proto: 1 },
      };
      for (const [id, metadata] of Object.entries(stored)) await store.create({ agent: { id, metadata } });
      await store.create({ agent: { id: "none" } });
      const cases: [Record<string, unknown>, string[]][] = [
        [{}, ["a", "b", "c", "d", "e", "none"]],
        [{ n: 1 }, ["a"]],
        [{ n: "1" }, ["b"]],
        [{ n: true }, ["c"]],
        [{ n: null }, ["d"]],
        [{ z: null }, ["a"]],
        [{ o: { y: [1, 2], x: 1 } }, ["a", "b"]],
        [{ o: { x: 1 } }, ["c"]],
        [{ o: { y: [2, 1], x: 1 } }, []],
        [{ n: 1, o: { x: 1, y: [1, 2] } }, ["a"]],
        [{ n: 1, o: { x: 1 } }, []],
        [{ "a.b": 1 }, ["d"]],
        [{ $x: [] }, ["d"]],
        [{ $x: {} }, []],
        [{ "": 0 }, ["e"]],
        [{ a: { b: 1 } }, []],
        [{ n: undefined }, ["a", "b", "c", "d", "e", "none"]],
        [{ toString: 1 }, []],
      ];
      for (const [metadata, expected] of cases) {
        for (const more of [{}, { entityIds: [...Object.keys(stored), "none"] }]) {
          const { agents, total } = await store.list({ metadata, ...more });
          expect(agents.map(({ id }) => id).sort(), JSON.stringify(metadata)).toEqual(expected);
          expect(total).toBe(expected.length);
        }
      }
    });

    fd("FD-040", "pages over equal times give each agent once, both ways", async () => {
      const store = await open(context);
      const all = Array.from({ length: 33 }, (_, n) => `a${String((n * 7) % 33).padStart(2, "0")}`);
      for (const id of all) await store.create({ agent: { id, metadata: { even: Number(id.slice(1)) % 2 === 0 } } });
      for (const [more, expected] of [
        [{}, 33],
        [{ status: "draft" }, 33],
        [{ metadata: { even: true } }, 17],
        [{ entityIds: all }, 33],
      ] as const) {
        for (const direction of ["ASC", "DESC"] as const) {
          const seen: string[] = [];
          for (let page = 0; ; page++) {
            const list = await store.list({
              ...more,
              page,
              perPage: 5,
              orderBy: { direction },
            } as StorageListAgentsInput);
            expect(list).toMatchObject({ total: expected, page, perPage: 5 });
            seen.push(...list.agents.map(({ id }) => id));
            if (!list.hasMore) break;
          }
          expect(new Set(seen).size).toBe(expected);
          expect(seen).toHaveLength(expected);
          expect(seen).toEqual(
            await ids(store, { ...more, perPage: false, orderBy: { direction } } as StorageListAgentsInput),
          );
        }
      }
    });

    test("pagination: defaults, everything, nothing, beyond the end", async () => {
      const store = await open(context);
      for (let n = 0; n < 3; n++) await store.create({ agent: { id: `${n}` } });
      expect(await store.list()).toMatchObject({ total: 3, page: 0, perPage: 100, hasMore: false });
      expect(await store.list({ perPage: 2 })).toMatchObject({ total: 3, hasMore: true });
      expect(await store.list({ page: 2, perPage: false })).toMatchObject({
        total: 3,
        page: 2,
        perPage: false,
        hasMore: false,
      });
      expect((await store.list({ page: 2, perPage: false })).agents).toHaveLength(3);
      expect(await store.list({ perPage: 0 })).toEqual({ agents: [], total: 3, page: 0, perPage: 0, hasMore: false });
      expect(await store.list({ page: 7 })).toEqual({ agents: [], total: 3, page: 7, perPage: 100, hasMore: false });
    });

    test("bad arguments are refused, also when the answer would be empty", async () => {
      const store = await open(context);
      await expect(store.list({ page: -1, entityIds: [] })).rejects.toThrow("page must be >= 0");
      await expect(store.list({ perPage: -1 })).rejects.toThrow("perPage must be >= 0");
      for (const input of [
        { status: {} },
        { authorId: { $ne: "" } },
        { authorId: null },
        { visibility: 5 },
        { metadata: "x" },
        { metadata: [] },
        { entityIds: "a" },
        { entityIds: [{}] },
      ]) {
        await expect(store.list(input as never), JSON.stringify(input)).rejects.toMatchObject({
          category: "USER",
          details: { status: 400, operation: "list" },
        });
      }
    });

    test("favourites, where nobody keeps any", async () => {
      const store = await open(context);
      for (const id of ["a", "b"]) await store.create({ agent: { id } });
      expect((await store.list({ pinFavoritedFor: "me" })).total).toBe(2);
      for (const input of [{ favoritedOnly: true }, { favoritedOnly: true, pinFavoritedFor: "me" }]) {
        expect(await store.list(input)).toEqual({ agents: [], total: 0, page: 0, perPage: 100, hasMore: false });
      }
      expect((await store.list({ favoritedOnly: false })).total).toBe(2);
    });
  });
}
