import { join } from "node:path";
import { bundleWorker, post, scratchFolder } from "@stowage/testkit/engines";
import { Miniflare } from "miniflare";

/** A D1 database in the real runtime, with a Worker before it that runs engines and answers as the REST interface. */
export class Database {
  readonly url: string;
  private readonly runtime: Miniflare;
  private readonly folder: ReturnType<typeof scratchFolder>;

  private constructor(runtime: Miniflare, url: string, folder: ReturnType<typeof scratchFolder>) {
    this.runtime = runtime;
    this.url = url;
    this.folder = folder;
  }

  static async start(): Promise<Database> {
    const { script } = await bundleWorker(join(import.meta.dirname, "workers", "engine.ts"));
    const folder = scratchFolder();
    const runtime = new Miniflare({
      modules: true,
      script,
      compatibilityDate: "2026-07-01",
      d1Databases: ["DB"],
      d1Persist: folder.path,
    });
    return new Database(runtime, String(await runtime.ready), folder);
  }

  /** Sends a request to the Worker. */
  send(path: string, body: string): Promise<string> {
    return post(new URL(path, this.url), body);
  }

  /** Stands in for `fetch` to Cloudflare's REST interface. */
  rest: typeof fetch = (input, init) => fetch(new URL(new URL(String(input)).pathname, this.url), init);

  async stop(): Promise<void> {
    await this.runtime.dispose();
    this.folder.remove();
  }
}
