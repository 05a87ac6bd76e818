import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { exportStream, type TransferDomain, transferDomains } from "@stowage/server";
import { command, say } from "../command.ts";
import { usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, withStorage } from "../storage/open.ts";

export default command({
  flags: {
    ...storageFlags,
    out: { type: "string", value: "<file>", about: "default - for standard output; a name in .gz is compressed" },
    domains: { type: "string", value: "<a,b>", about: `default: all of ${transferDomains.join(", ")}` },
    since: { type: "string", value: "<date>", about: "only what was made from then on" },
    resource: { type: "string", value: "<id>", about: "only what belongs to this resource" },
  },
  examples: [
    "stowage export --storage file:./agents.db --out agents.ndjson.gz",
    "stowage export --storage file:./agents.db --domains memory --resource ada | less",
  ],
  async run({ out = "-", domains: named, since: from, resource: resourceId, ...values }, context) {
    const domains = (named?.split(",") ?? transferDomains) as TransferDomain[];
    const unknown = domains.find((domain) => !transferDomains.includes(domain));
    if (unknown !== undefined) throw usageError(`--domains: ${unknown} cannot be exported`);
    const since = from === undefined ? undefined : new Date(from);
    if (since && Number.isNaN(since.getTime())) throw usageError("--since must be a date such as 2026-01-31");
    await withStorage(values, context, async (storage) => {
      let failure: unknown;
      const scope = { ...(since && { since }), ...(resourceId !== undefined && { resourceId }) };
      const lines = Readable.fromWeb(
        exportStream(storage, domains, scope, (error) => {
          failure = error;
        }) as Parameters<typeof Readable.fromWeb>[0],
      );
      try {
        if (out === "-") {
          for await (const chunk of lines) await written(context.stdout, chunk);
          return;
        }
        // Under its name there is a whole export or none.
        const path = resolve(context.cwd, out);
        const partial = `${path}.partial`;
        try {
          const file = createWriteStream(partial);
          await (out.endsWith(".gz") ? pipeline(lines, createGzip(), file) : pipeline(lines, file));
          await rename(partial, path);
        } finally {
          await rm(partial, { force: true });
        }
        say(context.stderr, `${storage.id} is in ${out}`);
      } catch (error) {
        throw failure ?? error;
      }
    });
    return exitCodes.done;
  },
});

/** Writes as fast as the reader reads. */
const written = (stream: NodeJS.WritableStream, chunk: Uint8Array) =>
  new Promise<void>((done, fail) => stream.write(chunk, (error) => (error ? fail(error) : done())));
