import type { OperationLimit } from "./operation-limit.ts";

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

export interface ListOptions {
  readonly prefix: string;
  readonly limit: number;
  readonly cursor?: string;
}

/**
 * A namespace, however it is reached. Where requests are limited they are counted by what is given: those that read before
 * each, those that write as a whole by the caller, and here when one of them is repeated.
 */
export interface Namespace {
  /** The values of these keys in order, `undefined` where there is none. */
  get(keys: readonly string[], limit: OperationLimit): Promise<readonly (string | undefined)[]>;
  /** Keys with this prefix in the order of their bytes, at least `limit` of them as long as there are more. */
  list(options: ListOptions, limit: OperationLimit): Promise<Listed>;
  /** Makes all changes, in any order. May be repeated. */
  write(changes: readonly Change[], limit: OperationLimit): Promise<void>;
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
