/** As much of a Worker's `KVNamespace` as is used. */
export interface KVBinding {
  get(keys: string[], type: "text"): Promise<Map<string, string | null>>;
  get(key: string, type: "text"): Promise<string | null>;
  list(options: { prefix: string; limit: number; cursor?: string }): Promise<KVList>;
  put(key: string, value: string, options?: { metadata?: unknown }): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface KVList {
  readonly keys: readonly { readonly name: string; readonly metadata?: unknown }[];
  readonly list_complete: boolean;
  readonly cursor?: string;
}

/** An instance of Cloudflare's own client, of which only the general methods are used. */
export interface CloudflareClient {
  get(path: string, options?: object): Promise<unknown>;
  post(path: string, options?: object): Promise<unknown>;
  put(path: string, options?: object): Promise<unknown>;
}
