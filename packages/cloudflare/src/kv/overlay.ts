import { compareText } from "@stowage/core/engine";
import type { Change, Listed, ListOptions, Namespace } from "./namespace.ts";
import type { OperationLimit } from "./operation-limit.ts";

/** How long it may take until KV shows a write everywhere, in milliseconds. */
const settling = 60_000;
/** Characters of keys and values to remember at most; the oldest are forgotten first. */
const mostRemembered = 16 * 1024 * 1024;

interface Recent extends Change {
  readonly at: number;
}

const sizeOf = ({ key, value = "" }: Change): number => key.length + value.length;

/** What the keys of one kind in one table begin with: the key up to its second colon. */
const bucketOf = (key: string): string => key.slice(0, key.indexOf(":", key.indexOf(":") + 1) + 1);

/**
 * A namespace as one process sees it: what it wrote in the last minute is there at once and stays there, although KV itself
 * may go on showing what was before. Other processes see it when KV shows it to them.
 */
export class Overlay implements Namespace {
  private readonly inner: Namespace;
  private readonly now: () => number;
  /** In the order of the writes. */
  private readonly recent = new Map<string, Recent>();
  /** The same by the beginnings of their keys, so that a list looks at few of them. */
  private readonly buckets = new Map<string, Map<string, Recent>>();
  private remembered = 0;

  constructor(inner: Namespace, now: () => number = Date.now) {
    this.inner = inner;
    this.now = now;
  }

  async get(keys: readonly string[], operations: OperationLimit): Promise<(string | undefined)[]> {
    this.forget();
    const asked = keys.filter((key) => !this.recent.has(key));
    const found = asked.length > 0 ? await this.inner.get(asked, operations) : [];
    const values = new Map(asked.map((key, index) => [key, found[index]]));
    // What was written while KV answered counts.
    return keys.map((key) => (this.recent.has(key) ? this.recent.get(key)?.value : values.get(key)));
  }

  /** The prefix has two colons at least. Every page of KV's list covers a piece of the keys; what was written there lately is put in its place. */
  async list({ prefix, limit, cursor }: ListOptions, operations: OperationLimit): Promise<Listed> {
    this.forget();
    const mark = cursor === undefined ? undefined : (JSON.parse(cursor) as { cursor: string; last: string });
    const page = await this.inner.list({ prefix, limit, ...(mark && { cursor: mark.cursor }) }, operations);
    const last = page.cursor === undefined ? undefined : page.keys.at(-1)?.name;
    const isInPage = (key: string) =>
      key.startsWith(prefix) &&
      (!mark || compareText(key, mark.last) > 0) &&
      (last === undefined || compareText(key, last) <= 0);
    const written = [...(this.buckets.get(bucketOf(prefix))?.values() ?? [])].filter(({ key }) => isInPage(key));
    const next = page.cursor !== undefined && {
      cursor: JSON.stringify({ cursor: page.cursor, last: last ?? mark?.last ?? "" }),
    };
    if (written.length === 0) return { keys: page.keys, ...next };
    const keys = page.keys.filter(({ name }) => !this.recent.has(name));
    for (const { key, value, metadata } of written) if (value !== undefined) keys.push({ name: key, metadata });
    return { keys: keys.sort((a, b) => compareText(a.name, b.name)), ...next };
  }

  async write(changes: readonly Change[], operations: OperationLimit): Promise<void> {
    try {
      await this.inner.write(changes, operations);
    } catch (error) {
      // What of it was done KV alone knows.
      for (const { key } of changes) this.drop(key);
      throw error;
    }
    for (const change of changes) this.remember(change);
  }

  private remember(change: Change): void {
    this.drop(change.key);
    const recent = { ...change, at: this.now() };
    this.recent.set(change.key, recent);
    const bucket = bucketOf(change.key);
    const others = this.buckets.get(bucket);
    if (others) others.set(change.key, recent);
    else this.buckets.set(bucket, new Map([[change.key, recent]]));
    this.remembered += sizeOf(change);
  }

  private forget(): void {
    const oldest = this.now() - settling;
    for (const { key, at } of this.recent.values()) {
      if (at > oldest && this.remembered <= mostRemembered) return;
      this.drop(key);
    }
  }

  private drop(key: string): void {
    const known = this.recent.get(key);
    if (!known) return;
    this.recent.delete(key);
    const bucket = bucketOf(key);
    const others = this.buckets.get(bucket);
    others?.delete(key);
    if (others?.size === 0) this.buckets.delete(bucket);
    this.remembered -= sizeOf(known);
  }
}
