/** One change of a key. */
export interface Change {
  readonly key: string;
  /** Absent: the key goes. */
  readonly value?: string;
  readonly metadata?: unknown;
}

export interface Listed {
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[];
  /** Where the list goes on; absent at its end. */
  readonly cursor?: string;
}

/** A namespace, however it is reached. */
export interface Namespace {
  /** The values of these keys in order, `undefined` where there is none. */
  get(keys: readonly string[]): Promise<readonly (string | undefined)[]>;
  /** Keys with this prefix in the order of their bytes, at least `limit` of them as long as there are more. */
  list(options: { readonly prefix: string; readonly limit: number; readonly cursor?: string }): Promise<Listed>;
  /** Makes all changes, in any order. May be repeated. */
  write(changes: readonly Change[]): Promise<void>;
}

/** Most keys of one bulk read. */
export const keysAtOnce = 100;

/** Most keys of one list. */
export const listAtOnce = 1000;

export function portions<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}
