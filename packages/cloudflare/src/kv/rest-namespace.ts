import type { CloudflareClient } from "./clients.ts";
import { RestError } from "./errors.ts";
import { type Change, keysAtOnce, type Listed, type Namespace, portions } from "./namespace.ts";
import type { ResolvedOptions } from "./options.ts";

type Method = "get" | "post" | "put";

/** Most pairs, and most bytes, of one bulk write. */
const pairsAtOnce = 10_000;
const bytesAtOnce = 60_000_000;
/** The interface lists no fewer. */
const leastListed = 10;

interface Envelope {
  readonly success?: boolean;
  readonly errors?: readonly { readonly message?: string }[];
  readonly result?: unknown;
  readonly result_info?: { readonly cursor?: string; readonly total_pages?: number };
}

/** A namespace over Cloudflare's REST interface. Its id is asked for once; a missing namespace is made. */
export class RestNamespace implements Namespace {
  private readonly title: string;
  private readonly root: string;
  private readonly send: (method: Method, path: string, query: object, body?: unknown) => Promise<Envelope>;
  private path: Promise<string> | undefined;

  constructor(options: ResolvedOptions & { form: "rest" }, fetch: typeof globalThis.fetch) {
    this.title = options.title;
    this.root = `/accounts/${encodeURIComponent(options.accountId)}/storage/kv/namespaces`;
    this.send = "client" in options.access ? throughClient(options.access.client) : byFetch(options.access, fetch);
  }

  async get(keys: readonly string[]): Promise<(string | undefined)[]> {
    const found = new Map<string, string | null>();
    for (const part of portions(keys, keysAtOnce)) {
      const body = { keys: part, type: "text" };
      const { result } = await this.send("post", `${await this.namespace()}/bulk/get`, {}, body);
      const { values } = result as { values: Record<string, string | null> };
      for (const [key, value] of Object.entries(values)) found.set(key, value);
    }
    return keys.map((key) => found.get(key) ?? undefined);
  }

  async list({ prefix, limit, cursor }: { prefix: string; limit: number; cursor?: string }): Promise<Listed> {
    const query = { prefix, limit: Math.max(limit, leastListed), ...(cursor !== undefined && { cursor }) };
    const answer = await this.send("get", `${await this.namespace()}/keys`, query);
    const next = answer.result_info?.cursor;
    return { keys: answer.result as Listed["keys"], ...(next && { cursor: next }) };
  }

  async write(changes: readonly Change[]): Promise<void> {
    const path = await this.namespace();
    const pairs = changes.filter(({ value }) => value !== undefined);
    for (const part of cut(pairs)) {
      const body = part.map(({ key, value, metadata }) => ({
        key,
        value,
        ...(metadata !== undefined && { metadata }),
      }));
      await this.send("put", `${path}/bulk`, {}, body);
    }
    const gone = changes.filter(({ value }) => value === undefined).map(({ key }) => key);
    for (const part of portions(gone, pairsAtOnce)) await this.send("post", `${path}/bulk/delete`, {}, part);
  }

  private namespace(): Promise<string> {
    this.path ??= this.find().catch((error: unknown) => {
      this.path = undefined;
      throw error;
    });
    return this.path;
  }

  private async find(): Promise<string> {
    for (let page = 1; ; page++) {
      const { result, result_info: info } = await this.send("get", this.root, { page, per_page: 100 });
      const namespaces = result as readonly { id: string; title: string }[];
      const found = namespaces.find(({ title }) => title === this.title);
      if (found) return `${this.root}/${found.id}`;
      if (page >= (info?.total_pages ?? 1)) break;
    }
    const { result } = await this.send("post", this.root, {}, { title: this.title });
    return `${this.root}/${(result as { id: string }).id}`;
  }
}

function byFetch({ apiToken }: { readonly apiToken: string }, fetch: typeof globalThis.fetch) {
  return async (method: Method, path: string, query: object, body?: unknown): Promise<Envelope> => {
    const url = new URL(`https://api.cloudflare.com/client/v4${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const response = await fetch(url, {
      method: method.toUpperCase(),
      headers: { authorization: `Bearer ${apiToken}`, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const answer = (await response.json().catch(() => ({}))) as Envelope;
    if (response.ok && answer.success !== false) return answer;
    const message = answer.errors?.map((error) => error.message).join("; ");
    throw new RestError(response.ok ? 400 : response.status, message || `KV answered with status ${response.status}`);
  };
}

function throughClient(client: CloudflareClient) {
  return async (method: Method, path: string, query: object, body?: unknown): Promise<Envelope> =>
    (await client[method](path, { query, ...(body !== undefined && { body }) })) as Envelope;
}

function cut(pairs: readonly Change[]): Change[][] {
  const parts: Change[][] = [];
  let bytes = 0;
  for (const pair of pairs) {
    const size = (pair.key.length + (pair.value?.length ?? 0)) * 3 + 200;
    const part = parts.at(-1);
    if (part && part.length < pairsAtOnce && bytes + size <= bytesAtOnce) {
      part.push(pair);
      bytes += size;
    } else {
      parts.push([pair]);
      bytes = size;
    }
  }
  return parts;
}
