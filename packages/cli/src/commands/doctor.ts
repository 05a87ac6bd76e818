import type { MastraCompositeStore } from "@stowage/core";
import { converge, type Health, healthOf } from "@stowage/server";
import { columns } from "../columns.ts";
import { command, say } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { storageFlags, withStorage } from "../storage/open.ts";

/** A database that is far away, or busy, is not down. */
const pingTimeoutMs = 10_000;

export default command({
  flags: { ...storageFlags, json: { type: "boolean", about: "what was found as JSON" } },
  examples: ["stowage doctor --storage file:./agents.db", "stowage doctor --config stowage.config.ts --json"],
  run: ({ json, ...values }, context) =>
    withStorage(values, context, async (storage) => {
      const pending = (await converge(storage, { dryRun: true })).flatMap(({ statements }) => statements).length;
      // A first use of a domain would run what is pending.
      const domains = pending > 0 ? undefined : await healthOf(storage, pingTimeoutMs);
      const found = { storage: storage.id, adapter: storage.name, pending, domains };
      say(context.stdout, json ? JSON.stringify(found) : told(storage, pending, domains));
      if (Object.values(domains ?? {}).some(({ status }) => status === "down")) return exitCodes.unreachable;
      return pending > 0 ? exitCodes.differences : exitCodes.done;
    }),
});

function told(storage: MastraCompositeStore, pending: number, domains: Health | undefined): string {
  const schema = pending > 0 ? `${pending} statements pending: stowage migrate plan prints them` : "up to date";
  const health = Object.entries(domains ?? {}).map(
    ([domain, { status, milliseconds }]) =>
      [domain, milliseconds === undefined ? status : `${status}, answered in ${milliseconds} ms`] as const,
  );
  return columns([["storage", `${storage.id} (${storage.name})`], ["schema", schema], ...health]);
}
