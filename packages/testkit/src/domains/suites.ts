import { agentsSuite } from "./agents.ts";
import type { DomainKey, DomainSuite } from "./context.ts";
import { datasetsSuite } from "./datasets.ts";
import { experimentsSuite } from "./experiments.ts";
import { memorySuite } from "./memory.ts";
import { observabilitySuite } from "./observability.ts";
import { scoresSuite } from "./scores.ts";
import { workflowsSuite } from "./workflows.ts";

/** The suite of each domain. */
export const domainSuites: Readonly<Record<DomainKey, DomainSuite>> = {
  memory: memorySuite,
  workflows: workflowsSuite,
  scores: scoresSuite,
  observability: observabilitySuite,
  agents: agentsSuite,
  datasets: datasetsSuite,
  experiments: experimentsSuite,
};
