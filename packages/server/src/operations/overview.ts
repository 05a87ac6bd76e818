import type { MastraCompositeStore } from "@stowage/core";

const day = 86_400_000;
/** How long the figures of traces may take: they are shown where they come in time. */
const figuresMilliseconds = 3000;
const runStates = ["running", "waiting", "suspended", "paused", "pending", "success", "failed", "canceled"] as const;
const one = { page: 0, perPage: 1 } as const;

/** Figures over traces that began in a time. Times in milliseconds. */
interface TraceFigures {
  count?: number;
  errorRate?: number;
  "duration.p50"?: number;
  "duration.p95"?: number;
}

/** A number for each list, from the totals of the lists; `null` for a domain that the storage does not keep or that failed. */
export async function overviewOf(storage: MastraCompositeStore, now = Date.now()) {
  const parts = {
    memory: memoryOf(storage),
    workflows: workflowsOf(storage),
    observability: tracesOf(storage, now),
    agents: storage.getStore("agents").then(async (store) => store && { agents: (await store.list(one)).total }),
    datasets: storage
      .getStore("datasets")
      .then(async (store) => store && { datasets: (await store.listDatasets({ pagination: one })).pagination.total }),
    experiments: storage
      .getStore("experiments")
      .then(
        async (store) => store && { experiments: (await store.listExperiments({ pagination: one })).pagination.total },
      ),
  };
  const settled = await Promise.all(
    Object.entries(parts).map(async ([domain, part]) => [domain, (await part.catch(() => null)) ?? null] as const),
  );
  return { at: new Date(now), domains: Object.fromEntries(settled) };
}

async function memoryOf(storage: MastraCompositeStore) {
  const memory = await storage.getStore("memory");
  return memory && { threads: (await memory.listThreads(one)).total };
}

async function workflowsOf(storage: MastraCompositeStore) {
  const workflows = await storage.getStore("workflows");
  if (!workflows) return undefined;
  const counts = await Promise.all(
    runStates.map(async (status) => [status, (await workflows.listWorkflowRuns({ ...one, status })).total] as const),
  );
  return {
    runs: (await workflows.listWorkflowRuns(one)).total,
    byStatus: Object.fromEntries(counts.filter(([, total]) => total > 0)),
  };
}

async function tracesOf(storage: MastraCompositeStore, now: number) {
  const observability = await storage.getStore("observability");
  if (!observability) return undefined;
  const total = async (filters: object) =>
    (await observability.listTracesLight({ filters, pagination: one })).pagination?.total ?? 0;
  const since = (days: number) => ({ start: new Date(now - days * day), end: new Date(now) });
  const within = async (days: number) => ({
    traces: await total({ startedAt: since(days) }),
    errors: await total({ startedAt: since(days), status: "error" }),
  });
  const timeRange = { from: new Date(now - day).toISOString(), to: new Date(now).toISOString() };
  const measures = ["count", "errorRate", "duration.p50", "duration.p95"].map((name) => ({ name }));
  const figures = await observability
    .aggregateTraces({ timeRange, dimensions: [], measures, limit: 1 }, { timeoutMs: figuresMilliseconds })
    .then((answer) => (answer as { rows: { measures: TraceFigures }[] }).rows[0]?.measures ?? {})
    .catch((): TraceFigures | null => null);
  return {
    traces: await total({}),
    lastDay: { ...(await within(1)), figures },
    lastWeek: await within(7),
    lastMonth: await within(30),
  };
}
