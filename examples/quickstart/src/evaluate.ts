import type { Desk } from "./desk.ts";
import { say } from "./progress.ts";
import { tickets } from "./tickets.ts";

const agentId = "desk-configuration";

/** Keeps the desk's configuration as a stored agent: the first time as version 1, later as the next version, published. */
export async function storeAgent({ storage }: Desk): Promise<void> {
  const agents = await storage.getStore("agents");
  if (!agents) return;
  const configuration = {
    name: "Support desk",
    instructions: "You answer the letters of a furniture shop's customers.",
    model: { provider: "mock", name: "support-desk-script" },
  };
  if (!(await agents.getById(agentId))) await agents.create({ agent: { id: agentId, ...configuration } });
  else await agents.createVersion({ agentId, ...configuration, changeMessage: "Another run of the quick start" });
  const latest = await agents.getLatestVersion(agentId);
  if (latest) await agents.update({ id: agentId, status: "published", activeVersionId: latest.id });
  say(`stored agent ${agentId}: version ${latest?.versionNumber} is published`);
}

/** Makes the tickets a dataset (once) and runs the desk over it as an experiment with a scorer. */
export async function runExperiment({ storage, mastra }: Desk): Promise<void> {
  const datasets = await storage.getStore("datasets");
  const known = await datasets?.listDatasets({
    pagination: { page: 0, perPage: 1 },
    filters: { name: "Support tickets" },
  });
  const existing = known?.datasets[0];
  const dataset = existing
    ? await mastra.datasets.get({ id: existing.id })
    : await mastra.datasets.create({ name: "Support tickets", description: "One morning's post" });
  if (!existing) {
    await dataset.addItems({ items: tickets.map(({ text, expected }) => ({ input: text, groundTruth: expected })) });
  }
  const summary = await dataset.startExperiment({
    name: "Helpfulness of the desk",
    targetType: "agent",
    targetId: "desk",
    scorers: ["helpfulness"],
  });
  const scores = summary.results.flatMap(({ scores }) => scores.map(({ score }) => score ?? 0));
  const mean = scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length);
  say(
    `experiment: ${summary.succeededCount} of ${summary.totalItems} items, helpfulness ${mean.toFixed(2)} on average`,
  );
}
