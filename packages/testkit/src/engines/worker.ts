import { request } from "node:http";
import { gzipSync } from "node:zlib";

/** A Worker made ready to run: one module, with everything that it imports. */
export interface WorkerBundle {
  readonly script: string;
  /** Bytes of the module, minified, and of the same compressed with gzip. */
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** Bundles a Worker as its user's tools would, from the sources of the workspace. Needs Vite. */
export async function bundleWorker(entry: string): Promise<WorkerBundle> {
  const { build } = await import("vite");
  const result = (await build({
    configFile: false,
    logLevel: "silent",
    ssr: { target: "webworker", noExternal: true, resolve: { conditions: ["@stowage/source"] } },
    build: {
      write: false,
      ssr: entry,
      minify: true,
      target: "es2024",
      rolldownOptions: { external: /^cloudflare:/, output: { format: "es", codeSplitting: false } },
    },
  })) as { output: { code?: string }[] } | { output: { code?: string }[] }[];
  const [first] = Array.isArray(result) ? result : [result];
  const script = first?.output.map(({ code = "" }) => code).join("") ?? "";
  const bytes = Buffer.from(script);
  return { script, bytes: bytes.length, gzipBytes: gzipSync(bytes).length };
}

/** Posts a text and gives the answer's. Every request has a connection of its own: runtimes close idle ones without a word. */
export function post(url: URL, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => resolve(Buffer.concat(parts).toString()));
      response.on("error", reject);
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
