/**
 * An address for people to read: without user, password, parameters and fragment. `undefined` for what is no address, or
 * where a stray `?` or `#` may be part of a password.
 */
export function withoutCredentials(address: string): string | undefined {
  const [plain = "", rest = ""] = address.split(/[?#](.*)/s);
  if (/^file:/.test(plain) || plain === ":memory:") return plain;
  if (rest.includes("@") || !URL.canParse(plain)) return undefined;
  const { protocol, host, pathname } = new URL(plain);
  return `${protocol}//${host}${pathname}`;
}
