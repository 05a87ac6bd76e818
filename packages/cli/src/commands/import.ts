import type { ImportReport, OnConflict } from "@stowage/server";
import { columns } from "../columns.ts";
import { command, say } from "../command.ts";
import { usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { importFile, requireFile } from "../storage/import-file.ts";
import { storageFlags, storageOf } from "../storage/open.ts";

const onConflicts: readonly string[] = ["skip", "overwrite", "fail"] satisfies OnConflict[];

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
    await requireFile(from, context);
    const { storage } = await storageOf(values, context);
    if (typeof storage === "function") throw usageError("the config file has a storage for each tenant; name one");
    try {
      const report = await importFile(storage, from, onConflict as OnConflict, context);
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
