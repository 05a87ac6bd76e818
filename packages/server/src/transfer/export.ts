import { createHash, type Hash } from "node:crypto";
import type { MastraCompositeStore } from "@stowage/core";
import type { TransferScope } from "./record.ts";
import { type TransferDomain, walks } from "./walks.ts";

/** Number of the format of an export. */
export const formatVersion = 1;

/**
 * A storage as lines of JSON: a header, a line for each record, and a trailer with counts and checksums. HTTP cannot tell
 * of a failure after the first byte, so an export without its trailer is incomplete.
 */
export function exportStream(
  storage: MastraCompositeStore,
  domains: readonly TransferDomain[],
  scope: TransferScope,
  onFailure: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const lines = exportLines(storage, domains, scope);
  const encoder = new TextEncoder();
  // The head goes first and alone, so that a reader knows at once what comes.
  let enough = 1;
  return new ReadableStream({
    // One pull at a time: a slow reader holds the walk, and memory stays flat.
    async pull(controller) {
      try {
        let chunk = "";
        while (chunk.length < enough) {
          const { value, done } = await lines.next();
          if (done) {
            if (chunk) controller.enqueue(encoder.encode(chunk));
            controller.close();
            return;
          }
          chunk += `${value}\n`;
        }
        controller.enqueue(encoder.encode(chunk));
        enough = 64 * 1024;
      } catch (error) {
        onFailure(error);
        controller.error(new Error("the export was interrupted"));
      }
    },
    cancel: async () => void (await lines.return(undefined)),
  });
}

async function* exportLines(storage: MastraCompositeStore, domains: readonly TransferDomain[], scope: TransferScope) {
  yield JSON.stringify({
    stowage: "export",
    format: formatVersion,
    source: storage.name,
    domains,
    ...scope,
    startedAt: new Date(),
  });
  const sums = new Map<string, { count: number; hash: Hash }>();
  for (const domain of domains) {
    for await (const entry of walks[domain](storage, scope)) {
      const line = JSON.stringify(entry);
      const table = `${entry.d}.${entry.t}`;
      const sum = sums.get(table) ?? { count: 0, hash: createHash("sha256") };
      sum.count++;
      sum.hash.update(line);
      sums.set(table, sum);
      yield line;
    }
  }
  const tables = [...sums].map(([table, { count, hash }]) => [table, { count, sha256: hash.digest("hex") }]);
  yield JSON.stringify({ stowage: "end", tables: Object.fromEntries(tables) });
}
