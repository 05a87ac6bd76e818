import { join } from "node:path";
import { bundleWorker } from "@stowage/testkit/engines";
import { Miniflare } from "miniflare";

/** A D1 database in the real runtime, with a Worker before it that runs engines and answers as the REST interface. */
export class Database {
  readonly url: string;
  private readonly runtime: Miniflare;

  private constructor(runtime: Miniflare, url: string) {
    this.runtime = runtime;
    this.url = url;
  }

  static async start(): Promise<Database> {
    const { script } = await bundleWorker(join(import.meta.dirname, "workers", "engine.ts"));
    const runtime = new Miniflare({ modules: true, script, compatibilityDate: "2026-07-01", d1Databases: ["DB"] });
    return new Database(runtime, String(await runtime.ready));
  }

  /** Sends a request to the Worker. */
  async send(path: string, body: string): Promise<string> {
    return (await fetch(new URL(path, this.url), { method: "POST", body })).text();
  }

  /** Stands in for `fetch` to Cloudflare's REST interface. */
  rest: typeof fetch = (input, init) => fetch(new URL(new URL(String(input)).pathname, this.url), init);

  stop(): Promise<void> {
    return this.runtime.dispose();
  }
}
