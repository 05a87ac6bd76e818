import type { StorageDomainDescription } from "../../api/system.ts";

/** A database, and the domains that it keeps. */
export interface Place {
  name: string;
  target: string | undefined;
  domains: StorageDomainDescription[];
}

/** The databases of a storage in the order of their first domain; what nobody keeps, or a stranger does, is a place as well. */
export function placesOf(domains: readonly StorageDomainDescription[]): Place[] {
  const places = new Map<string, Place>();
  for (const described of domains) {
    const { health, engine, target } = described;
    const name = health.status === "absent" ? "nobody" : (engine ?? "a store of another make");
    const key = JSON.stringify([name, target]);
    const place = places.get(key) ?? { name, target, domains: [] };
    places.set(key, place);
    place.domains.push(described);
  }
  return [...places.values()];
}
