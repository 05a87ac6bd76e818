import { z } from "@hono/zod-openapi";
import type { Duration, MastraCompositeStore, PruneOptions } from "@stowage/core";
import { badRequest } from "../api/errors.ts";
import { type Route, route } from "../api/route.ts";
import { converge } from "../operations/converge.ts";
import { describeStorage } from "../operations/describe-storage.ts";
import { agingTables, policiesFor } from "../operations/retention-policies.ts";
import type { Services } from "../services.ts";
import { version } from "../version.ts";

const area = "system";
const named = { olderThan: z.string().max(32).optional(), domain: z.string().optional(), table: z.string().optional() };
const engines = z.object({
  engines: z.array(
    z.object({
      engine: z.string(),
      target: z.string().optional(),
      statements: z.array(z.string()),
      unknown: z.array(z.string()),
    }),
  ),
});
const results = z.object({
  results: z.array(z.looseObject({ domain: z.string(), table: z.string(), deleted: z.number(), done: z.boolean() })),
});
/** Well below the time after which a request is given up: what is left then goes with the next one. */
const pruneShare = 0.5;

interface Named {
  olderThan?: string | undefined;
  domain?: string | undefined;
  table?: string | undefined;
}

/** @throws HttpError 400 for an age that is none, or a table that does not age. */
async function prune(storage: MastraCompositeStore, { olderThan, ...which }: Named, options: PruneOptions) {
  if (olderThan === undefined && (which.domain ?? which.table) !== undefined) {
    throw badRequest("olderThan: is needed where a domain or a table is named");
  }
  const retention = olderThan === undefined ? undefined : policiesFor(storage, olderThan as Duration, which);
  if (retention && Object.keys(retention).length === 0) {
    const known = agingTables(storage).map(({ domain, table }) => `${domain}.${table}`);
    throw badRequest(`domain, table: nothing of this name ages; these do: ${known.join(", ")}`);
  }
  const results = await storage.prune({ ...options, ...(retention && { retention }) }).catch((error: Error) => {
    throw /invalid duration/.test(error.message) ? badRequest("olderThan: must be an age such as 90d") : error;
  });
  // What the database said stays in the log.
  return { results: results.map(({ error, ...result }) => ({ ...result, ...(error && { failed: true }) })) };
}

/** The storage itself: what it is, whether its schema is as it should be, and what would go by age. */
export const storageRoutes = ({ options, latencies }: Pick<Services, "options" | "latencies">): Route[] => [
  route("get /stowage/server", {
    area,
    isBound: true,
    isStrict: true,
    summary: "What this server allows",
    answer: z.object({ version: z.string(), storage: z.string(), readOnly: z.boolean() }),
    run: async ({ storage }) => ({ version, storage: storage.name, readOnly: options.readOnly }),
  }),
  route("get /stowage/storage", {
    area,
    isStrict: true,
    summary: "Who keeps each domain, where, with what abilities, how much there is, and how it grows",
    answer: z.object({
      name: z.string(),
      domains: z.array(z.looseObject({ domain: z.string(), health: z.looseObject({ status: z.string() }) })),
    }),
    async run({ storage }) {
      const domains = await describeStorage(storage);
      return {
        name: storage.name,
        domains: domains.map((described) => {
          const lastHour = latencies.lastHour(described.domain);
          return lastHour ? { ...described, lastHour } : described;
        }),
      };
    },
  }),
  route("get /stowage/storage/schema", {
    area,
    isStrict: true,
    summary: "What would be run so that each database has what this release declares; nothing when it has",
    answer: engines,
    run: async ({ storage }) => ({ engines: await converge(storage, { dryRun: true }) }),
  }),
  route("post /stowage/storage/schema", {
    area,
    isStrict: true,
    summary: "Runs it",
    body: z.strictObject({}).optional(),
    answer: engines,
    run: async ({ storage }) => ({ engines: await converge(storage, {}) }),
  }),
  route("get /stowage/storage/prune", {
    area,
    isStrict: true,
    summary: "How many rows would go by age, by the storage's own retention or by one given here",
    query: named,
    answer: results,
    run: async ({ storage, query }) => prune(storage, query, { dryRun: true }),
  }),
  route("post /stowage/storage/prune", {
    area,
    action: "delete",
    isStrict: true,
    summary: "Removes rows by age; what does not fit the time of a request is left, and said",
    body: z.strictObject(named),
    answer: results,
    run: async ({ storage, body }) =>
      prune(storage, body, { signal: AbortSignal.timeout(options.requestTimeoutMs * pruneShare) }),
  }),
];
