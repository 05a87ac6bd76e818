import { z } from "@hono/zod-openapi";
import type { WorkflowRun } from "@stowage/core";
import { narrow, requireOwner } from "../access/principal.ts";
import { notFound } from "../api/errors.ts";
import { nextOf, pageAfter } from "../api/keyset.ts";
import { instant, page } from "../api/query.ts";
import { type Route, route } from "../api/route.ts";
import { keysetShape } from "./shapes.ts";

const area = "workflows";
const text = z.string().optional();
const run = z.looseObject({ workflowName: z.string(), runId: z.string() });

/** A run as a list shows it, without its snapshot. */
function summaryOf({ workflowName, runId, resourceId, createdAt, updatedAt, snapshot }: WorkflowRun) {
  const { status, error, activeStepsPath, suspendedPaths, waitingPaths } = snapshot;
  const at = [activeStepsPath, suspendedPaths, waitingPaths].flatMap((paths) => Object.keys(paths ?? {}));
  const message = typeof error === "string" ? error : (error as { message?: unknown } | null | undefined)?.message;
  return {
    workflowName,
    runId,
    status,
    ...(resourceId !== undefined && { resourceId }),
    createdAt,
    updatedAt,
    currentSteps: [...new Set(at)],
    ...(typeof message === "string" && { error: message.slice(0, 500) }),
  };
}

const order = {
  idOf: ({ workflowName, runId }: WorkflowRun) => JSON.stringify([workflowName, runId]),
  timeOf: ({ createdAt }: WorkflowRun) => createdAt,
};

/** Runs over all workflows, and a run with everything that is stored of it. */
export const runRoutes: Route[] = [
  route("get /stowage/runs", {
    area,
    isBound: true,
    isStrict: true,
    summary: "Runs of all workflows, newest first, without their snapshots; by pages, or after a cursor",
    query: {
      ...page,
      after: text,
      workflowName: text,
      status: text,
      resourceId: text,
      fromDate: instant.optional(),
      toDate: instant.optional(),
    },
    answer: z.object({
      runs: z.array(run.extend({ status: z.string(), currentSteps: z.array(z.string()) })),
      ...keysetShape,
    }),
    async run({ store, query, principal }) {
      const { page = 0, perPage: asked = 50, after, ...conditions } = query;
      const perPage = Math.min(asked, 100);
      const resourceId = narrow(principal, query.resourceId);
      const workflows = await store("workflows");
      if (after !== undefined) {
        const { rows, next } = await pageAfter(after, perPage, order, async (toDate, limit) => {
          const bounded = { ...conditions, resourceId, toDate, page: 0, perPage: limit, includeTotal: false };
          return (await workflows.listWorkflowRuns(bounded)).runs;
        });
        return { runs: rows.map(summaryOf), perPage, hasMore: next !== null, next };
      }
      const { runs, total } = await workflows.listWorkflowRuns({ ...conditions, resourceId, page, perPage });
      const hasMore = (page + 1) * perPage < total;
      return {
        runs: runs.map(summaryOf),
        ...{ total, page, perPage, hasMore },
        next: page === 0 && hasMore ? nextOf(runs, order) : null,
      };
    },
  }),
  route("get /stowage/runs/{workflowName}/{runId}", {
    area,
    isBound: true,
    summary: "A run with its snapshot, as it is stored",
    answer: z.object({ run }),
    async run({ store, params, principal }) {
      const found = await (await store("workflows")).getWorkflowRunById(params);
      if (!found) throw notFound("the workflow run was");
      requireOwner(principal, found.resourceId);
      return { run: found };
    },
  }),
];
