import { join } from "node:path";
import { Miniflare } from "miniflare";
import { build } from "vite";
import type { Answer, Order } from "./worker.ts";

/** A Worker in the real runtime, with a D1 database of its own in a folder. */
export class Runtime {
  private readonly runtime: Miniflare;

  private constructor(runtime: Miniflare) {
    this.runtime = runtime;
  }

  static async start(entry: "stowage" | "peer", folder: string): Promise<Runtime> {
    const runtime = new Miniflare({
      modules: [
        { type: "ESModule", path: "worker.mjs", contents: await bundle(join(import.meta.dirname, `${entry}.ts`)) },
      ],
      compatibilityDate: "2026-07-01",
      // The peer needs it.
      compatibilityFlags: ["nodejs_compat"],
      d1Databases: ["DB"],
      d1Persist: join(folder, entry),
    });
    await runtime.ready;
    return new Runtime(runtime);
  }

  /** @throws Error with what the Worker said when it failed. */
  async send(order: Order): Promise<Answer> {
    const response = await this.runtime.dispatchFetch("http://worker/", {
      method: "POST",
      body: JSON.stringify(order),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return JSON.parse(text) as Answer;
  }

  stop(): Promise<void> {
    return this.runtime.dispose();
  }
}

/** One module with everything that it imports, but for what the runtime has. */
async function bundle(entry: string): Promise<string> {
  const result = (await build({
    configFile: false,
    logLevel: "silent",
    ssr: { target: "webworker", noExternal: true, resolve: { conditions: ["@stowage/source"] } },
    build: {
      write: false,
      ssr: entry,
      minify: true,
      target: "es2024",
      rolldownOptions: { external: /^(cloudflare|node):/, output: { format: "es", codeSplitting: false } },
    },
  })) as unknown as { output: { code?: string }[] } | { output: { code?: string }[] }[];
  const [first] = Array.isArray(result) ? result : [result];
  return first?.output.map(({ code = "" }) => code).join("") ?? "";
}
