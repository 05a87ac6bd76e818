import { createReadStream } from "node:fs";
import { access } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { StowageDomainKey, StowageDomains } from "@stowage/core";
import { type ImportReport, importLines, type OnConflict } from "@stowage/server";
import { columns } from "../columns.ts";
import { command, say } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, storageOf } from "../storage/open.ts";

const onConflicts: readonly string[] = ["skip", "overwrite", "fail"] satisfies OnConflict[];
/** A file of the user's own is trusted more than a request. */
const limits = { depth: 1000, items: 10_000_000 };

export default command({
  flags: {
    ...storageFlags,
    in: { type: "string", value: "<file>", about: "default - for standard input; a name in .gz is decompressed" },
    "on-conflict": { type: "string", value: "<what>", about: "skip (default), overwrite or fail, for what exists" },
    json: { type: "boolean", about: "the report as JSON" },
  },
  examples: ["stowage import --storage postgres://localhost/agents --in agents.ndjson.gz"],
  async run({ in: from = "-", "on-conflict": onConflict = "skip", json, ...values }, context) {
    if (!onConflicts.includes(onConflict)) throw usageError("--on-conflict must be skip, overwrite or fail");
    const file = from === "-" ? undefined : resolve(context.cwd, from);
    if (file) {
      await access(file).catch(() => {
        throw usageError(`there is no file ${from}`);
      });
    }
    const { storage } = await storageOf(values, context);
    if (typeof storage === "function") throw usageError("the config file has a storage for each tenant; name one");
    const stores = async <K extends StowageDomainKey>(key: K): Promise<StowageDomains[K]> => {
      const store = await storage.getStore(key);
      if (!store) throw new CommandError(`the storage has no domain ${key}`, exitCodes.failed);
      return store as StowageDomains[K];
    };
    try {
      const source = file ? createReadStream(file) : context.stdin;
      const chunks = from.endsWith(".gz") ? source.pipe(createGunzip()) : source;
      const report = await importLines(Readable.from(chunks), stores, onConflict as OnConflict, limits);
      say(context.stdout, json ? JSON.stringify(report) : told(report));
      return report.rejectedCount > 0 || !report.isComplete ? exitCodes.partial : exitCodes.done;
    } finally {
      await storage.close();
    }
  },
});

function told({ tables, rejected, rejectedCount, isComplete }: ImportReport): string {
  const rows = Object.entries(tables).map(
    ([table, { written, skipped }]) => [table, `${written} written, ${skipped} there already`] as const,
  );
  const lines = [rows.length > 0 ? columns(rows) : "  nothing to write"];
  if (rejectedCount > 0) {
    lines.push(`  ${rejectedCount} lines were rejected:`);
    for (const { line, reason } of rejected) lines.push(`    line ${line}: ${reason}`);
  }
  if (!isComplete) lines.push("  The export has no last line: it was cut short.");
  return lines.join("\n");
}
