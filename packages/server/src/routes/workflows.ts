import { z } from "@hono/zod-openapi";
import type { WorkflowRun, WorkflowRunState, WorkflowsStorage } from "@stowage/core";
import { narrow, type Principal, requireOwner } from "../access/principal.ts";
import { conflict, HttpError, notFound } from "../api/errors.ts";
import { flag, instant, list, page } from "../api/query.ts";
import { newId, type Route, route } from "../api/route.ts";
import { needsRuntime } from "./needs-runtime.ts";
import { record } from "./shapes.ts";

const area = "workflows";
const text = z.string().optional();
const run = z.looseObject({ workflowName: z.string(), runId: z.string() });

/** Newest runs looked at where workflows are told from their runs: storage knows no list of workflows. */
const knownRuns = 500;

async function runOf(workflows: WorkflowsStorage, principal: Principal, workflowName: string, runId: string) {
  const found = await workflows.getWorkflowRunById({ runId, workflowName });
  if (!found) throw notFound("the workflow run was");
  requireOwner(principal, found.resourceId);
  return found;
}

function describeWorkflow({ workflowName, snapshot }: WorkflowRun) {
  const stepGraph = snapshot.serializedStepGraph ?? [];
  const steps: Record<string, unknown> = {};
  collectSteps(stepGraph, steps);
  return { name: workflowName, steps, allSteps: steps, stepGraph };
}

function collectSteps(graph: unknown, steps: Record<string, unknown>): void {
  if (Array.isArray(graph)) for (const entry of graph) collectSteps(entry, steps);
  if (typeof graph !== "object" || graph === null) return;
  const { step, steps: nested } = graph as { step?: { id?: unknown }; steps?: unknown };
  if (typeof step?.id === "string") steps[step.id] = step;
  if (Array.isArray(nested)) collectSteps(nested, steps);
}

async function workflowsSeen(workflows: WorkflowsStorage, principal: Principal, workflowName?: string) {
  const resourceId = narrow(principal, undefined);
  const perPage = workflowName === undefined ? knownRuns : 1;
  const { runs } = await workflows.listWorkflowRuns({
    workflowName,
    resourceId,
    page: 0,
    perPage,
    includeTotal: false,
  });
  const newest = new Map<string, WorkflowRun>();
  for (const entry of runs) if (!newest.has(entry.workflowName)) newest.set(entry.workflowName, entry);
  return newest;
}

/** Runs in a status, counted page by page: there are as many pages as runs that are under way. */
async function countByWorkflow(workflows: WorkflowsStorage, status: string, resourceId: string | undefined) {
  const counts = new Map<string, number>();
  for (let page = 0; ; page++) {
    const { runs } = await workflows.listWorkflowRuns({ status, resourceId, page, perPage: 200, includeTotal: false });
    for (const { workflowName } of runs) counts.set(workflowName, (counts.get(workflowName) ?? 0) + 1);
    if (runs.length < 200) return counts;
  }
}

const fields = ["result", "error", "payload", "steps", "activeStepsPath", "serializedStepGraph"] as const;

/** A run as the client knows it: the snapshot taken apart, and runs nested in steps joined in from storage. */
async function detailOf(
  workflows: WorkflowsStorage,
  found: WorkflowRun,
  wanted: readonly string[],
  withNested: boolean,
) {
  const { snapshot, workflowName, runId, resourceId, createdAt, updatedAt } = found;
  const { input, __state, ...context } = snapshot.context ?? {};
  const steps: Record<string, unknown> = context;
  if (withNested && wanted.includes("steps")) await joinNested(workflows, runId, snapshot, steps);
  const all: Record<string, unknown> = {
    result: snapshot.result,
    error: snapshot.error,
    payload: input,
    steps,
    activeStepsPath: snapshot.activeStepsPath,
    serializedStepGraph: snapshot.serializedStepGraph,
  };
  const chosen = Object.fromEntries(wanted.filter((name) => all[name] !== undefined).map((name) => [name, all[name]]));
  return {
    runId,
    workflowName,
    resourceId,
    createdAt,
    updatedAt,
    status: snapshot.status,
    initialState: __state,
    ...chosen,
  };
}

async function joinNested(
  workflows: WorkflowsStorage,
  runId: string,
  snapshot: WorkflowRunState,
  steps: Record<string, unknown>,
) {
  const graph = (snapshot.serializedStepGraph ?? []) as { step?: { id?: string; component?: string } }[];
  const nested = graph.filter(({ step }) => step?.component === "WORKFLOW" && step.id !== undefined);
  await Promise.all(
    nested.map(async ({ step }) => {
      const id = step?.id as string;
      const given = steps[id] as { metadata?: { nestedRunId?: string } } | undefined;
      const inner = await workflows.loadWorkflowSnapshot({
        workflowName: id,
        runId: given?.metadata?.nestedRunId ?? runId,
      });
      if (!inner) return;
      const { input, __state, ...context } = inner.context ?? {};
      for (const [name, result] of Object.entries(context)) steps[`${id}.${name}`] ??= result;
    }),
  );
}

const cancellable = ["pending", "waiting", "suspended", "paused"];

export const workflowRoutes: Route[] = [
  route("get /workflows", {
    area,
    isBound: true,
    summary: `Workflows that have runs among the newest ${knownRuns}`,
    query: { partial: text },
    answer: z.record(z.string(), record),
    async run({ store, principal }) {
      const seen = await workflowsSeen(await store("workflows"), principal);
      return Object.fromEntries([...seen].map(([name, found]) => [name, describeWorkflow(found)]));
    },
  }),
  route("get /workflows/run-counts", {
    area,
    isBound: true,
    summary: "Runs under way, by workflow",
    answer: z.record(z.string(), z.object({ running: z.number(), suspended: z.number() })),
    async run({ store, principal }) {
      const workflows = await store("workflows");
      const resourceId = narrow(principal, undefined);
      const [running, suspended] = await Promise.all([
        countByWorkflow(workflows, "running", resourceId),
        countByWorkflow(workflows, "suspended", resourceId),
      ]);
      const names = [...new Set([...running.keys(), ...suspended.keys()])].sort();
      return Object.fromEntries(
        names.map((name) => [name, { running: running.get(name) ?? 0, suspended: suspended.get(name) ?? 0 }]),
      );
    },
  }),
  route("get /workflows/{workflowId}", {
    area,
    isBound: true,
    summary: "A workflow as its newest run shows it",
    async run({ store, params, principal }) {
      const seen = await workflowsSeen(await store("workflows"), principal, params.workflowId);
      const found = seen.get(params.workflowId);
      if (!found) throw notFound("the workflow was");
      return describeWorkflow(found);
    },
  }),
  route("get /workflows/{workflowId}/runs", {
    area,
    isBound: true,
    summary: "A page of runs, newest first",
    query: { ...page, fromDate: instant.optional(), toDate: instant.optional(), resourceId: text, status: text },
    answer: z.object({ runs: z.array(run), total: z.number() }),
    async run({ store, params, query, principal }) {
      const { page = 0, perPage = 100, fromDate, toDate, status } = query;
      const resourceId = narrow(principal, query.resourceId);
      const workflowName = params.workflowId;
      return (await store("workflows")).listWorkflowRuns({
        workflowName,
        page,
        perPage,
        fromDate,
        toDate,
        status,
        resourceId,
      });
    },
  }),
  route("get /workflows/{workflowId}/runs/{runId}", {
    area,
    isBound: true,
    summary: "One run",
    query: { fields: list.optional(), withNestedWorkflows: flag.optional() },
    answer: z.looseObject({ runId: z.string(), workflowName: z.string(), status: z.string() }),
    async run({ store, params, query, principal }) {
      const workflows = await store("workflows");
      const found = await runOf(workflows, principal, params.workflowId, params.runId);
      return detailOf(workflows, found, query.fields ?? fields, query.withNestedWorkflows ?? true);
    },
  }),
  route("delete /workflows/{workflowId}/runs/{runId}", {
    area,
    isBound: true,
    summary: "Removes a run",
    answer: z.object({ message: z.string() }),
    async run({ store, params, principal }) {
      const workflows = await store("workflows");
      const { workflowName, runId } = await runOf(workflows, principal, params.workflowId, params.runId);
      await workflows.deleteWorkflowRunById({ workflowName, runId });
      return { message: "Workflow run deleted" };
    },
  }),
  route("post /workflows/{workflowId}/create-run", {
    area,
    isBound: true,
    summary: "Stores a pending run; one that exists stays as it is",
    query: { runId: newId.optional() },
    newIds: ["runId"],
    body: z.object({ resourceId: text, disableScorers: z.boolean().optional() }).optional(),
    answer: z.object({ runId: z.string() }),
    async run({ store, params, query, body, principal }) {
      const workflows = await store("workflows");
      const workflowName = params.workflowId;
      const runId = query.runId ?? crypto.randomUUID();
      const resourceId = narrow(principal, body?.resourceId);
      const found = query.runId ? await workflows.getWorkflowRunById({ runId, workflowName }) : null;
      if (found) {
        requireOwner(principal, found.resourceId);
        if (resourceId !== undefined && found.resourceId !== resourceId) throw conflict("a run with this id exists");
        return { runId };
      }
      await workflows.persistWorkflowSnapshot({ workflowName, runId, resourceId, snapshot: pendingRun(runId) });
      return { runId };
    },
  }),
  route("post /workflows/{workflowId}/runs/{runId}/cancel", {
    area,
    isBound: true,
    summary: "Cancels a run that nobody is running",
    answer: z.object({ message: z.string() }),
    async run({ store, params, principal }) {
      const workflows = await store("workflows");
      const { workflowName, runId, snapshot } = await runOf(workflows, principal, params.workflowId, params.runId);
      const opts = { status: "canceled", expectedStatus: cancellable };
      const canceled = await workflows.updateWorkflowState({ workflowName, runId, opts });
      if (canceled) return { message: "Workflow run canceled" };
      if (snapshot.status !== "running") throw conflict(`a run that is ${snapshot.status} cannot be canceled`);
      throw new HttpError(501, "canceling a running run needs the runtime that runs it", { code: "needs_runtime" });
    },
  }),
  ...needsRuntime(
    area,
    [
      ...["start", "start-async", "stream", "resume", "resume-async", "resume-no-wait", "resume-stream", "observe"],
      ...[
        "restart",
        "restart-async",
        "restart-all",
        "restart-all-async",
        "time-travel",
        "time-travel-async",
        "time-travel-stream",
      ],
    ].map((verb) => `post /workflows/{workflowId}/${verb}` as const),
  ),
];

const pendingRun = (runId: string): WorkflowRunState => ({
  runId,
  status: "pending",
  value: {},
  context: {},
  serializedStepGraph: [],
  activePaths: [],
  activeStepsPath: {},
  suspendedPaths: {},
  waitingPaths: {},
  resumeLabels: {},
  timestamp: Date.now(),
});
