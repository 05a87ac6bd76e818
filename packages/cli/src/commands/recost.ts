import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { PriceTable, type RecostResult, recost } from "@stowage/observability";
import { columns } from "../columns.ts";
import { type Context, command, say } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, withStorage } from "../storage/open.ts";
import { rangeFlags, rangeOf } from "../stored-range.ts";

export default command({
  flags: {
    ...storageFlags,
    prices: { type: "string", value: "<file>", about: "lines of JSON, one price each, before those that come along" },
    "print-prices": { type: "boolean", about: "writes the prices that would be used as lines of JSON, and stops" },
    ...rangeFlags,
  },
  examples: [
    "stowage recost --storage file:./agents.db --since 2026-01-01 --dry-run",
    "stowage recost --storage file:./agents.db --prices ours.jsonl",
  ],
  async run({ prices: file, "print-prices": prints, "dry-run": dryRun, json, since, until, ...values }, context) {
    const prices = await pricesOf(file, context);
    if (prints) {
      context.stdout.write(prices.toJsonLines());
      return exitCodes.done;
    }
    const range = rangeOf({ since, until });
    return withStorage(values, context, async (storage) => {
      const result = await recost({ storage, prices, ...range, ...(dryRun && { dryRun }) });
      say(context.stdout, json ? JSON.stringify(result) : told(result, dryRun ? "would change" : "changed"));
      return exitCodes.done;
    });
  },
});

async function pricesOf(file: string | undefined, { cwd }: Context): Promise<PriceTable> {
  const bundled = PriceTable.bundled();
  if (file === undefined) return bundled;
  const text = await readFile(resolve(cwd, file), "utf8").catch(() => {
    throw new CommandError(`there is no file ${file}`, exitCodes.usage);
  });
  try {
    return bundled.withJsonLines(text, `${basename(file)} over ${bundled.version}`);
  } catch (error) {
    throw usageError(`--prices: ${(error as Error).message}`);
  }
}

const told = ({ calls, changed, unknown }: RecostResult, verb: string) =>
  columns([
    ["calls of models", String(calls)],
    [`costs that ${verb}`, String(changed)],
    ["models without a price", unknown.length > 0 ? unknown.join(", ") : "none"],
  ]);
