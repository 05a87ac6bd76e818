import type { DomainContext } from "../shared/context.ts";

/** What is asked of a `favorites` domain of the same storage object. Stowage has none of its own; a host may add one. */
interface FavoritesLike {
  listFavoritedIds(input: { userId: string; entityType: "agent" }): Promise<readonly string[]>;
}

/** The agents a user has marked; `undefined` when nobody keeps favourites here. */
export async function favoriteIds({ sibling }: DomainContext, userId: string): Promise<string[] | undefined> {
  const favorites = sibling("favorites") as Partial<FavoritesLike> | undefined;
  if (typeof favorites?.listFavoritedIds !== "function") return undefined;
  return [...new Set(await favorites.listFavoritedIds({ userId, entityType: "agent" }))];
}
