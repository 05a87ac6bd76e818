export interface RedisNamespaceOptions {
  /**
   * What every key begins with, with no braces in it. Stores with different prefixes never see each other's rows; in a
   * cluster each prefix has a slot of its own. Default `mastra:`.
   */
  keyPrefix?: string;
  /** Another name of `keyPrefix`. */
  prefix?: string;
}

/** What every key begins with: the prefix, and once more as a hash tag, which keeps all keys of a store in one slot. */
export function keyBase({ keyPrefix, prefix }: RedisNamespaceOptions, name: string): string {
  const given = keyPrefix ?? prefix ?? "mastra:";
  if (typeof given !== "string" || /[{}]/.test(given))
    throw new Error(`${name}: keyPrefix must be a text without braces`);
  return `${given}{${given === "" ? "stowage" : given}}`;
}
