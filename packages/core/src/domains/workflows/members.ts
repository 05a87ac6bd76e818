/** An own member of whatever this is. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** Sets a member as a plain own property, whatever its name. */
export function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}

/** Entries in the order an object with these names would have: array indexes come first, by number. */
export function inMemberOrder<Value>(members: ReadonlyMap<string, Value> | undefined): [string, Value][] {
  const entries = [...(members ?? [])];
  const isIndex = (name: string) => /^(?:0|[1-9]\d{0,9})$/.test(name) && Number(name) < 2 ** 32 - 1;
  if (!entries.some(([name]) => isIndex(name))) return entries;
  const indexes = entries.filter(([name]) => isIndex(name)).sort(([a], [b]) => Number(a) - Number(b));
  return [...indexes, ...entries.filter(([name]) => !isIndex(name))];
}
