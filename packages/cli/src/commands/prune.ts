import { createInterface } from "node:readline/promises";
import type { Duration, MastraCompositeStore, PruneResult, RetentionConfig } from "@stowage/core";
import { agingTables, policiesFor } from "@stowage/server";
import { columns } from "../columns.ts";
import { type Context, command, say } from "../command.ts";
import { CommandError, usageError } from "../errors.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, withStorage } from "../storage/open.ts";

export default command({
  flags: {
    ...storageFlags,
    "older-than": { type: "string", value: "<age>", about: "such as 90d; default: the storage's own retention" },
    domain: { type: "string", value: "<name>", about: "only this one" },
    table: { type: "string", value: "<name>", about: "only this one, such as spans or messages" },
    "max-rows": { type: "string", value: "<number>", about: "most rows of a table in this run" },
    "dry-run": { type: "boolean", about: "counts what would go" },
    yes: { type: "boolean", about: "does not ask; without a terminal nothing is removed unless it is given" },
    json: { type: "boolean", about: "the counts as JSON" },
  },
  examples: [
    "stowage prune --storage file:./agents.db --older-than 90d --dry-run",
    "stowage prune --storage postgres://localhost/agents --older-than 30d --domain observability --yes",
  ],
  run: ({ "older-than": age, domain, table, "max-rows": most, "dry-run": dryRun, yes, json, ...values }, context) =>
    withStorage(values, context, async (storage) => {
      if (age === undefined && (domain ?? table) !== undefined)
        throw usageError("--domain and --table need --older-than");
      const maxRows = most === undefined ? undefined : Number(most);
      if (maxRows !== undefined && !(Number.isSafeInteger(maxRows) && maxRows > 0)) {
        throw usageError("--max-rows must be a positive number");
      }
      const options = {
        ...(age !== undefined && { retention: policiesOf(storage, age as Duration, domain, table) }),
        ...(maxRows !== undefined && { maxRows }),
      };
      const pruned = (isDry: boolean) =>
        storage.prune({ ...options, dryRun: isDry }).catch((error: Error) => {
          throw /invalid duration/.test(error.message)
            ? usageError(`--older-than: ${age} is no age such as 90d`)
            : error;
        });
      const tell = (results: PruneResult[], verb: string) =>
        say(context.stdout, json ? JSON.stringify(results) : told(results, verb));
      if (dryRun || !yes) {
        const counted = await pruned(true);
        if (dryRun || !json) tell(counted, "would go");
        if (dryRun || counted.every(({ deleted }) => deleted === 0)) return outcome(counted);
        await askFor(storage.id, context);
      }
      const results = await pruned(false);
      tell(results, "removed");
      return outcome(results);
    }),
});

/** @throws CommandError when nothing of the name ages. */
function policiesOf(storage: MastraCompositeStore, maxAge: Duration, domain?: string, table?: string): RetentionConfig {
  const policies = policiesFor(storage, maxAge, { domain, table });
  if (Object.keys(policies).length > 0) return policies;
  const known = agingTables(storage).map(({ domain, table }) => `${domain}.${table}`);
  throw usageError(`nothing of that name ages; these do: ${known.join(", ")}`);
}

/** @throws CommandError unless the person types the name. */
async function askFor(name: string, { stdin, stderr }: Context): Promise<void> {
  if (!stdin.isTTY) throw usageError("nothing was removed: without a terminal say --yes");
  const terminal = createInterface({ input: stdin, output: stderr });
  const answer = await terminal.question(`This cannot be undone. Type ${name} to remove them: `);
  terminal.close();
  if (answer.trim() !== name) throw new CommandError("nothing was removed", exitCodes.usage);
}

const told = (results: readonly PruneResult[], verb: string) =>
  results.length === 0
    ? "  nothing ages here: say --older-than, or configure retention"
    : columns(
        results.map(({ domain, table, deleted, done, error }) => [
          `${domain} ${table}`,
          `${deleted} ${verb}${error ? `; failed: ${error}` : done ? "" : "; more is left"}`,
        ]),
      );

const outcome = (results: readonly PruneResult[]) =>
  results.some(({ error }) => error !== undefined) ? exitCodes.failed : exitCodes.done;
