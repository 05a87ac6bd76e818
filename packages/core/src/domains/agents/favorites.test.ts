import { expect, test } from "vitest";
import { InMemoryStore } from "../../storage/in-memory-store.ts";
import type { AgentsStorage } from "./storage.ts";

async function withFavorites(...favorites: string[]): Promise<AgentsStorage> {
  const storage = new InMemoryStore();
  Object.assign(storage.stores, { favorites: { listFavoritedIds: async () => favorites } });
  const agents = storage.stores.agents as AgentsStorage;
  for (const id of ["a", "b", "c", "d", "e"]) {
    await agents.create({ agent: { id, ...(id !== "e" && { authorId: "me" }) } });
  }
  return agents;
}

test("a user's favourites come first, in the order asked for, over all pages", async () => {
  const agents = await withFavorites("d", "b", "gone");
  const all = { pinFavoritedFor: "me", orderBy: { direction: "ASC" } } as const;
  const ids = async (input: object) => (await agents.list({ ...all, ...input })).agents.map(({ id }) => id);
  expect(await ids({})).toEqual(["b", "d", "a", "c", "e"]);
  expect(await ids({ orderBy: { direction: "DESC" } })).toEqual(["d", "b", "e", "c", "a"]);
  expect(await ids({ authorId: "me" })).toEqual(["b", "d", "a", "c"]);
  expect(await ids({ entityIds: ["a", "d"] })).toEqual(["d", "a"]);
  for (let perPage = 1; perPage <= 6; perPage++) {
    const seen: string[] = [];
    for (let page = 0; ; page++) {
      const list = await agents.list({ ...all, page, perPage });
      expect(list.total).toBe(5);
      seen.push(...list.agents.map(({ id }) => id));
      if (!list.hasMore) break;
    }
    expect(seen).toEqual(["b", "d", "a", "c", "e"]);
  }
  expect(await agents.list({ ...all, perPage: 0 })).toMatchObject({ agents: [], total: 5, hasMore: false });
});

test("only favourites, and only those that meet the conditions", async () => {
  const agents = await withFavorites("d", "b", "e");
  const list = async (input: object) =>
    (await agents.list({ favoritedOnly: true, ...input })).agents.map(({ id }) => id).sort();
  expect(await list({ pinFavoritedFor: "me" })).toEqual(["b", "d", "e"]);
  expect(await list({ pinFavoritedFor: "me", authorId: "me" })).toEqual(["b", "d"]);
  expect(await list({ pinFavoritedFor: "me", entityIds: ["a", "b"] })).toEqual(["b"]);
  expect(await list({})).toEqual([]);
  const resolved = await agents.listResolved({ pinFavoritedFor: "me", favoritedOnly: true });
  expect(resolved.total).toBe(3);
  for (const agent of resolved.agents) expect(agent.resolvedVersionId).toBeDefined();
});
