import { type KVBinding, workersKVEngine } from "@stowage/cloudflare/kv";
import { engineServer, type RemoteCall } from "@stowage/testkit/remote";
import { restFront } from "./rest-front.ts";

interface Environment {
  readonly KV: KVBinding;
}

let serve: ((request: Request) => Promise<Response>) | undefined;

/** The engine in a Worker, on its binding; and the namespace itself, as the REST interface answers. */
export default {
  async fetch(request: Request, { KV }: Environment): Promise<Response> {
    if (new URL(request.url).pathname !== "/engine") return restFront(KV, request);
    serve ??= engineServer(({ keyPrefix }: RemoteCall["spec"]) =>
      // What the suites write at once is more than an invocation may ask for.
      workersKVEngine({ binding: KV, keyPrefix: String(keyPrefix), operationLimit: Number.POSITIVE_INFINITY }),
    );
    return serve(request);
  },
};
