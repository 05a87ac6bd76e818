import { type D1Binding, D1Store } from "@stowage/cloudflare-d1";
import { applicationDay } from "@stowage/testkit/remote";

/** A store for all requests, made with the first of them. */
let storage: D1Store | undefined;

export default {
  async fetch(request: Request, { DB }: { readonly DB: D1Binding }): Promise<Response> {
    storage ??= new D1Store({ id: "worker", binding: DB });
    const memory = await storage.getStore("memory");
    switch (new URL(request.url).pathname) {
      case "/day":
        return Response.json({ name: D1Store.name, day: await applicationDay(storage), bookmark: storage.bookmark });
      case "/large": {
        const workingMemory = "ß".repeat(2_000_000);
        await memory?.updateResource({ resourceId: "large", workingMemory });
        const resource = await memory?.getResourceById({ resourceId: "large" });
        return Response.json({ same: resource?.workingMemory === workingMemory });
      }
      default:
        return Response.json(await memory?.getThreadById({ threadId: "nobody" }));
    }
  },
};
