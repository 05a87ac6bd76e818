import { z } from "@hono/zod-openapi";
import { narrow } from "../access/principal.ts";
import { bodyChunks } from "../api/body.ts";
import { badRequest } from "../api/errors.ts";
import { instant, list } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import type { Services } from "../services.ts";
import { exportStream } from "../transfer/export.ts";
import { importLines } from "../transfer/import.ts";
import { endingWithWord } from "../transfer/interrupted.ts";
import { type TransferDomain, transferDomains } from "../transfer/walks.ts";

const area = "transfer";

/** Export and import need the server's limits and log, which other routes do not. */
export const transferRoutes = ({
  options,
  logger,
  interruption,
}: Pick<Services, "options" | "logger" | "interruption">): Route[] => [
  route("get /stowage/export", {
    area,
    isBound: true,
    isStrict: true,
    budget: "export",
    summary: "The storage as lines of JSON; without its last line the export is incomplete",
    query: { domains: list.optional(), since: instant.optional(), resourceId: z.string().optional() },
    answer: z.string(),
    async run({ storage, query, principal, requestId }) {
      const domains = (query.domains ?? transferDomains) as TransferDomain[];
      const unknown = domains.find((name) => !transferDomains.includes(name));
      if (unknown !== undefined)
        throw badRequest(`domains: ${unknown} cannot be exported; ${transferDomains.join(", ")} can`);
      const scope = { since: query.since, resourceId: narrow(principal, query.resourceId) };
      const failed = (error: unknown) => logger.error(`export ${requestId} was interrupted`, error);
      const lines = exportStream(storage, domains, scope, failed);
      return new Response(endingWithWord(lines, interruption.signal), {
        headers: {
          "Content-Type": "application/x-ndjson",
          "Content-Disposition": "attachment; filename=stowage.ndjson",
        },
      });
    },
  }),
  route("post /stowage/import", {
    area,
    isStrict: true,
    readsBody: true,
    budget: "ingest",
    maxBytes: "import",
    hasDryRun: true,
    summary: "Writes the lines of an export; with Prefer: dry-run only says what would be written",
    query: { onConflict: z.enum(["skip", "overwrite", "fail"]).optional() },
    body: z.string().openapi({ description: "Lines of JSON, as the export wrote them" }),
    answer: z.object({
      tables: z.record(z.string(), z.object({ written: z.number(), skipped: z.number() })),
      rejected: z.array(z.object({ line: z.number(), reason: z.string() })),
      rejectedCount: z.number(),
      isComplete: z.boolean(),
    }),
    run: async ({ request, store, query, isDryRun }) =>
      importLines(bodyChunks(request, options.import.bytes), store, query.onConflict ?? "skip", {
        ...options.import,
        isDryRun,
      }),
  }),
];
