import { type HidingStyle, type RedactResult, redact } from "@stowage/observability";
import { columns } from "../columns.ts";
import { command, say } from "../command.ts";
import { usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, withStorage } from "../storage/open.ts";
import { rangeFlags, rangeOf } from "../stored-range.ts";

const styles: readonly string[] = ["full", "partial", "hash", "label"] satisfies HidingStyle[];

export default command({
  flags: {
    ...storageFlags,
    style: { type: "string", value: "<style>", about: `${styles.join(", ")}; default full` },
    contacts: { type: "boolean", about: "also e-mail addresses and telephone numbers" },
    names: { type: "string", value: "<a,b>", about: "members that are hidden too, whatever they hold" },
    ...rangeFlags,
    yes: { type: "boolean", about: "hides them; without it, and with --dry-run, they are only counted" },
  },
  examples: [
    "stowage redact --storage file:./agents.db",
    "stowage redact --storage file:./agents.db --since 2026-01-01 --style hash --yes",
  ],
  run({ style = "full", contacts, names, yes, "dry-run": dryRun, json, since, until, ...values }, context) {
    if (!styles.includes(style)) throw usageError(`--style must be one of ${styles.join(", ")}`);
    const range = rangeOf({ since, until });
    const sensitiveData = {
      style: style as HidingStyle,
      ...(contacts && { contacts }),
      ...(names !== undefined && { names: names.split(",") }),
    };
    const isDry = dryRun || !yes;
    return withStorage(values, context, async (storage) => {
      const result = await redact({ storage, sensitiveData, ...range, dryRun: isDry });
      say(context.stdout, json ? JSON.stringify(result) : told(result, isDry));
      return exitCodes.done;
    });
  },
});

function told({ records, members }: RedactResult, isDry: boolean): string {
  const seen = Object.values(records).reduce((sum, kind) => sum + kind.seen, 0);
  const changed = Object.values(records).reduce((sum, kind) => sum + kind.changed, 0);
  const lines = [
    columns([
      ["records", String(seen)],
      [isDry ? "with secrets" : "rewritten", String(changed)],
    ]),
  ];
  const rows = Object.entries(members).map(([name, count]) => [name, String(count)] as const);
  if (rows.length > 0) lines.push(columns(rows));
  if (isDry && changed > 0) lines.push("  Nothing was changed; --yes hides them.");
  return lines.join("\n");
}
