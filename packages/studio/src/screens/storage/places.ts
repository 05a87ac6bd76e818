import type { StorageDomainDescription } from "../../api/system.ts";

/** A database, and the domains that it keeps. */
export interface Place {
  name: string;
  target: string | undefined;
  domains: StorageDomainDescription[];
}

/** Bytes that a database takes: all of it where it says so, else the tables that are told of; `undefined` where none are. */
export function sizeOf({ domains }: Place): number | undefined {
  const whole = domains.find(({ bytes }) => bytes !== undefined)?.bytes;
  if (whole !== undefined) return whole;
  const told = new Map<string, number>();
  for (const { name, bytes } of domains.flatMap(({ tables = [] }) => tables)) {
    if (bytes !== undefined) told.set(name, bytes);
  }
  return told.size === 0 ? undefined : [...told.values()].reduce((sum, bytes) => sum + bytes);
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
