import { type D1Binding, D1Store } from "@stowage/cloudflare-d1";

/** The smallest Worker with a store: what it weighs is what the store does. */
export default {
  async fetch(_: Request, { DB }: { readonly DB: D1Binding }): Promise<Response> {
    const storage = new D1Store({ id: "worker", binding: DB });
    const memory = await storage.getStore("memory");
    return Response.json(await memory?.getThreadById({ threadId: "nobody" }));
  },
};
