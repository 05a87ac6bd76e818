export interface RedisNamespaceOptions {
  /**
   * What every key begins with, with no braces in it. Stores with different prefixes never see each other's rows; in a
   * cluster each prefix has a slot of its own. Default `mastra:`.
   */
  keyPrefix?: string;
  /** Another name of `keyPrefix`. */
  prefix?: string;
}

/**
 * The keys that a script names, of which it makes all others. Neither is ever there, and that there are two of them matters in
 * a cluster: while their slot moves to another node, neither node has both, so both refuse (`ASK`, then `TRYAGAIN`) until the
 * move is over. A script that named one key would run on the new node, on the part of the records that has arrived.
 */
export const scriptKeys = (base: string): readonly [string, string] => [base, `${base}-`];

/** What every key begins with: the prefix, and once more as a hash tag, which keeps all keys of a store in one slot. */
export function keyBase({ keyPrefix, prefix }: RedisNamespaceOptions, name: string): string {
  const given = keyPrefix ?? prefix ?? "mastra:";
  if (typeof given !== "string" || /[{}]/.test(given))
    throw new Error(`${name}: keyPrefix must be a text without braces`);
  return `${given}{${given === "" ? "stowage" : given}}`;
}
