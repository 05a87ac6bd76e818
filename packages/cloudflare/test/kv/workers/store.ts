import { CloudflareKVStorage, type KVBinding } from "@stowage/cloudflare/kv";

/** The smallest Worker with a store: what it weighs is what the store does. */
export default {
  async fetch(_: Request, { KV }: { readonly KV: KVBinding }): Promise<Response> {
    const storage = new CloudflareKVStorage({ id: "worker", binding: KV });
    const memory = await storage.getStore("memory");
    return Response.json(await memory?.getThreadById({ threadId: "nobody" }));
  },
};
