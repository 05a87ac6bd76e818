import type { KVBinding, KVList } from "@stowage/cloudflare/kv";

/**
 * A namespace that shows writes late: what was written since {@link settle} is invisible, and what was removed or replaced is
 * there as it was. Local runtimes show everything at once, Cloudflare's network does not.
 */
export class LateNamespace implements KVBinding {
  private readonly namespace: KVBinding;
  /** What stood under each key that was written since; shared by all views of the namespace. */
  private readonly before: Map<string, { value: string | null; metadata?: unknown }>;

  constructor(namespace: KVBinding, before: LateNamespace["before"] = new Map()) {
    this.namespace = namespace;
    this.before = before;
  }

  /** The same namespace as another process holds it. */
  another(): LateNamespace {
    return new LateNamespace(this.namespace, this.before);
  }

  /** From here on everything written so far is visible. */
  settle(): void {
    this.before.clear();
  }

  get: KVBinding["get"] = (async (keys: string | string[]) => {
    if (typeof keys === "string") return this.one(keys);
    return new Map(await Promise.all(keys.map(async (key) => [key, await this.one(key)] as const)));
  }) as never;

  async list(options: { prefix: string; limit: number; cursor?: string }): Promise<KVList> {
    const page = await this.namespace.list(options);
    const keys = page.keys.filter(({ name }) => !this.before.has(name));
    if (options.cursor === undefined) {
      for (const [name, { value, metadata }] of this.before) {
        if (value !== null && name.startsWith(options.prefix)) keys.push({ name, metadata });
      }
    }
    return { ...page, keys: keys.sort((a, b) => (a.name < b.name ? -1 : 1)) };
  }

  async put(key: string, value: string, options?: { metadata?: unknown }): Promise<void> {
    await this.keep(key);
    await this.namespace.put(key, value, options);
  }

  async delete(key: string): Promise<void> {
    await this.keep(key);
    await this.namespace.delete(key);
  }

  private one(key: string): Promise<string | null> | string | null {
    const before = this.before.get(key);
    return before ? before.value : this.namespace.get(key, "text");
  }

  private async keep(key: string): Promise<void> {
    if (this.before.has(key)) return;
    const value = await this.namespace.get(key, "text");
    const { keys } = await this.namespace.list({ prefix: key, limit: 1 });
    this.before.set(key, { value, metadata: keys.find(({ name }) => name === key)?.metadata });
  }
}
