import type { MastraCompositeStore, StorageThreadType, StowageDomainKey } from "@stowage/core";
import type { TransferRecord, TransferScope, Walk } from "./record.ts";

const pageSize = 200;

/** Pages of a list until it is at its end. */
async function* pages<T>(read: (page: number) => Promise<{ rows: T[]; hasMore: boolean }>): AsyncGenerator<T> {
  for (let page = 0; ; page++) {
    const { rows, hasMore } = await read(page);
    yield* rows;
    if (!hasMore) return;
  }
}

const record = (d: TransferRecord["d"], t: string, r: object): TransferRecord => ({ d, t, r });

async function* exportMemory(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const memory = await storage.getStore("memory");
  if (!memory) return;
  const owners = new Set<string>();
  const orderBy = { field: "createdAt", direction: "ASC" } as const;
  const threads = pages<StorageThreadType>(async (page) => {
    const { threads, hasMore } = await memory.listThreads({ page, perPage: pageSize, orderBy, filter: { resourceId } });
    return { rows: threads, hasMore };
  });
  for await (const thread of threads) {
    if (!owners.has(thread.resourceId)) {
      // Bounded: an owner that comes again after ten thousand others is written twice, which does no harm.
      if (owners.size >= 10_000) owners.clear();
      owners.add(thread.resourceId);
      const resource = await memory.getResourceById({ resourceId: thread.resourceId });
      if (resource) yield record("memory", "resources", resource);
    }
    if (since && thread.updatedAt < since) continue;
    yield record("memory", "threads", thread);
    const filter = since && { dateRange: { start: since } };
    const messages = pages(async (page) => {
      const listed = await memory.listMessages({ threadId: thread.id, page, perPage: pageSize, filter, resourceId });
      return { rows: listed.messages, hasMore: listed.hasMore };
    });
    for await (const message of messages) yield record("memory", "messages", message);
  }
}

async function* exportWorkflows(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const workflows = await storage.getStore("workflows");
  if (!workflows) return;
  // Newest first, up to now: a run that begins meanwhile moves no page.
  const toDate = new Date();
  const runs = pages(async (page) => {
    const found = await workflows.listWorkflowRuns({ page, perPage: pageSize, resourceId, fromDate: since, toDate });
    return { rows: found.runs, hasMore: (page + 1) * pageSize < found.total };
  });
  for await (const run of runs) yield record("workflows", "runs", run);
}

async function* exportScores(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const scores = await storage.getStore("scores");
  if (!scores) return;
  // Newest first, up to now: a score that is saved meanwhile moves no page.
  const dateRange = { end: new Date(), ...(since && { start: since }) };
  const found = pages(async (page) => {
    const pagination = { page, perPage: pageSize };
    const listed = await scores.listScores({ dateRange, pagination, ...(resourceId !== undefined && { resourceId }) });
    return { rows: listed.scores, hasMore: listed.pagination.hasMore };
  });
  for await (const score of found) yield record("scores", "scores", score);
}

async function* exportObservability(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const domain = await storage.getStore("observability");
  if (!domain) return;
  const end = new Date();
  const owner = resourceId === undefined ? {} : { resourceId };
  const perPage = 100;
  const roots = pages(async (page) => {
    const { spans, pagination } = await domain.listTracesLight({
      filters: { ...owner, startedAt: { start: since, end } },
      pagination: { page, perPage },
      orderBy: { field: "startedAt", direction: "ASC" },
      includeTotal: false,
    });
    return { rows: spans, hasMore: pagination?.hasMore ?? false };
  });
  for await (const { traceId } of roots) {
    for (const span of (await domain.getTrace({ traceId }))?.spans ?? []) yield record("observability", "spans", span);
  }
  const list = (page: number) => ({
    filters: { ...owner, timestamp: { start: since, end } },
    pagination: { page, perPage },
    orderBy: { field: "timestamp", direction: "ASC" } as const,
    includeTotal: false,
  });
  const signals = {
    logs: async (page: number) =>
      domain.listLogs(list(page)).then(({ logs: rows, pagination }) => ({ rows, pagination })),
    metrics: async (page: number) =>
      domain.listMetrics(list(page)).then(({ metrics: rows, pagination }) => ({ rows, pagination })),
    scores: async (page: number) =>
      domain.listScores(list(page)).then(({ scores: rows, pagination }) => ({ rows, pagination })),
    feedback: async (page: number) =>
      domain.listFeedback(list(page)).then(({ feedback: rows, pagination }) => ({ rows, pagination })),
  };
  for (const [table, read] of Object.entries(signals)) {
    const rows = pages<object>(async (page) => {
      const { rows, pagination } = await read(page);
      return { rows, hasMore: pagination?.hasMore ?? false };
    });
    for await (const row of rows) yield record("observability", table, row);
  }
}

async function* exportAgents(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const agents = await storage.getStore("agents");
  if (!agents || resourceId !== undefined) return;
  const orderBy = { field: "createdAt", direction: "ASC" } as const;
  const found = pages(async (page) => {
    const listed = await agents.list({ page, perPage: pageSize, orderBy });
    return { rows: listed.agents, hasMore: listed.hasMore };
  });
  for await (const agent of found) {
    if (since && agent.updatedAt < since) continue;
    const numbers = { field: "versionNumber", direction: "ASC" } as const;
    const { versions } = await agents.listVersions({ agentId: agent.id, perPage: false, orderBy: numbers });
    yield record("agents", "agents", { ...agent, versions });
  }
}

async function* exportDatasets(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const datasets = await storage.getStore("datasets");
  if (!datasets || resourceId !== undefined) return;
  const orderBy = { field: "createdAt", direction: "ASC" } as const;
  const found = pages(async (page) => {
    const listed = await datasets.listDatasets({ pagination: { page, perPage: pageSize }, orderBy });
    return { rows: listed.datasets, hasMore: listed.pagination.hasMore };
  });
  for await (const dataset of found) {
    if (since && dataset.updatedAt < since) continue;
    yield record("datasets", "datasets", dataset);
    const items = pages(async (page) => {
      const pagination = { page, perPage: pageSize };
      const listed = await datasets.listItems({ datasetId: dataset.id, version: dataset.version, pagination, orderBy });
      return { rows: listed.items, hasMore: listed.pagination.hasMore };
    });
    for await (const item of items) yield record("datasets", "items", item);
  }
}

async function* exportExperiments(storage: MastraCompositeStore, { since, resourceId }: TransferScope) {
  const experiments = await storage.getStore("experiments");
  if (!experiments || resourceId !== undefined) return;
  const orderBy = { field: "createdAt", direction: "ASC" } as const;
  const found = pages(async (page) => {
    const listed = await experiments.listExperiments({ pagination: { page, perPage: pageSize }, orderBy });
    return { rows: listed.experiments, hasMore: listed.pagination.hasMore };
  });
  for await (const experiment of found) {
    if (since && experiment.updatedAt < since) continue;
    yield record("experiments", "experiments", experiment);
    const results = pages(async (page) => {
      const pagination = { page, perPage: pageSize };
      const listed = await experiments.listExperimentResults({ experimentId: experiment.id, pagination, orderBy });
      return { rows: listed.results, hasMore: listed.pagination.hasMore };
    });
    for await (const result of results) yield record("experiments", "results", result);
  }
}

/** How each domain is walked by its own methods. */
export const walks = {
  memory: exportMemory,
  workflows: exportWorkflows,
  scores: exportScores,
  observability: exportObservability,
  agents: exportAgents,
  datasets: exportDatasets,
  experiments: exportExperiments,
} as const satisfies Record<StowageDomainKey, Walk>;
export type TransferDomain = keyof typeof walks;
export const transferDomains = Object.keys(walks) as TransferDomain[];
