import { CloudflareDOStorage, type ObjectSql } from "@stowage/cloudflare/do";

/** The smallest object with a store: what it weighs is what the store does. */
export class SmallObject {
  private readonly storage: CloudflareDOStorage;

  constructor({ storage }: { readonly storage: { readonly sql: ObjectSql } }) {
    this.storage = new CloudflareDOStorage({ sql: storage.sql });
  }

  async fetch(): Promise<Response> {
    const memory = await this.storage.getStore("memory");
    return Response.json(await memory?.getThreadById({ threadId: "nobody" }));
  }
}

export default { fetch: () => new Response() };
