import type { MastraCompositeStore } from "@stowage/core";

const table = (rows: readonly (readonly [string, string])[]) => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
};

/** What each domain holds, read back through `getStore`. */
export async function report(storage: MastraCompositeStore): Promise<string> {
  const all = { page: 0, perPage: 1 };
  const [memory, workflows, scores, observability, agents, datasets, experiments] = await Promise.all([
    storage.getStore("memory"),
    storage.getStore("workflows"),
    storage.getStore("scores"),
    storage.getStore("observability"),
    storage.getStore("agents"),
    storage.getStore("datasets"),
    storage.getStore("experiments"),
  ]);
  if (!memory || !workflows || !scores || !observability || !agents || !datasets || !experiments) {
    throw new Error("a domain is missing");
  }

  const { total: threadCount } = await memory.listThreads({ perPage: 0 });
  const { threads } = await memory.listThreads({
    filter: { resourceId: "cust-ada" },
    orderBy: { field: "updatedAt" },
    perPage: false,
  });
  const { total: messageCount } = await memory.listMessages({ threadId: threads.map(({ id }) => id), perPage: 1 });
  const resource = await memory.getResourceById({ resourceId: "cust-ada" });
  const { runs, total: runCount } = await workflows.listWorkflowRuns({ workflowName: "refund" });
  const { scores: sample, pagination } = await scores.listScoresByScorerId({
    scorerId: "helpfulness",
    pagination: all,
  });
  const traces = await observability.listTraces({ pagination: { page: 0, perPage: 3 } });
  const resolved = await agents.getByIdResolved("desk-configuration");
  const dataset = (await datasets.listDatasets({ pagination: all })).datasets[0];
  const runsOfDataset = await experiments.listExperiments({ pagination: { page: 0, perPage: 100 } });
  const newest = runsOfDataset.experiments[0];

  return table([
    ["memory", `${threadCount} threads; ${threads.length} of Ada Moreau's with ${messageCount} messages`],
    ["", `her last: "${threads[0]?.title ?? ""}"`],
    ["", `working memory of her: ${JSON.stringify(resource?.workingMemory ?? null)}`],
    ["workflows", `${runCount} refund runs: ${runs.map(({ snapshot }) => snapshot.status).join(", ")}`],
    ["scores", `${pagination.total} of helpfulness; the newest is ${sample[0]?.score ?? "none"}`],
    [
      "observability",
      `${traces.pagination?.total ?? 0} traces; the newest: ${traces.spans[0]?.name ?? "none"} (${traces.spans[0]?.status ?? ""})`,
    ],
    [
      "agents",
      `${resolved?.id} is ${resolved?.status}, ${await agents.countVersions("desk-configuration")} version(s)`,
    ],
    ["datasets", `${dataset?.name}: version ${dataset?.version}`],
    [
      "experiments",
      `${runsOfDataset.pagination.total} run(s); the newest: ${newest?.status}, ${newest?.succeededCount} of ${newest?.totalItems} succeeded`,
    ],
  ]);
}
