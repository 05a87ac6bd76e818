import { CloudflareDOStorage, type ObjectStorage } from "@stowage/cloudflare/do";
import { applicationDay } from "@stowage/testkit/remote";

interface Environment {
  readonly OBJECTS: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

/** An object with a store of its own, as an application has one for each of its users. */
export class UserObject {
  private readonly storage: CloudflareDOStorage;

  constructor({ storage }: { readonly storage: ObjectStorage }) {
    this.storage = new CloudflareDOStorage({ storage });
  }

  async fetch(request: Request): Promise<Response> {
    const memory = await this.storage.getStore("memory");
    if (new URL(request.url).pathname === "/large") {
      const workingMemory = "ß".repeat(2_000_000);
      await memory?.updateResource({ resourceId: "large", workingMemory });
      const resource = await memory?.getResourceById({ resourceId: "large" });
      return Response.json({ same: resource?.workingMemory === workingMemory });
    }
    const { id } = this.storage;
    return Response.json({ name: CloudflareDOStorage.name, id, day: await applicationDay(this.storage) });
  }
}

export default {
  fetch: (request: Request, { OBJECTS }: Environment): Promise<Response> =>
    OBJECTS.getByName(new URL(request.url).searchParams.get("user") ?? "").fetch(request),
};
