import { durableObjectEngine, type ObjectSql, type ObjectStorage } from "@stowage/cloudflare/do";
import { engineServer } from "@stowage/testkit/remote";

interface Environment {
  readonly OBJECTS: { getByName(name: string): { fetch(request: Request): Promise<Response> } };
}

/** The engine where it lives: in the object whose database it is. Every call of a suite is a request to the object. */
export class EngineObject {
  readonly fetch: (request: Request) => Promise<Response>;

  constructor({ storage }: { readonly storage: ObjectStorage & { readonly sql: ObjectSql } }) {
    this.fetch = engineServer(({ tablePrefix, forceDerived, hasStorage }) =>
      durableObjectEngine(
        {
          sql: storage.sql,
          ...(hasStorage === true && { storage }),
          ...(typeof tablePrefix === "string" && { tablePrefix }),
        },
        { forceDerived: forceDerived === true },
      ),
    );
  }
}

export default {
  fetch: (request: Request, { OBJECTS }: Environment): Promise<Response> =>
    OBJECTS.getByName(new URL(request.url).pathname).fetch(request),
};
