import type { Route } from "../api/route.ts";
import { agentRoutes } from "./agents.ts";
import { datasetRoutes } from "./datasets.ts";
import { experimentRoutes } from "./experiments.ts";
import { memoryRoutes } from "./memory.ts";
import { observabilityRoutes } from "./observability.ts";
import { scoreRoutes } from "./scores.ts";
import { signalRoutes } from "./signals.ts";
import { systemRoutes } from "./system.ts";
import { workflowRoutes } from "./workflows.ts";

/** Every route below the prefix. Fixed words stand before parameters in their place. */
export const routes: readonly Route[] = [
  ...memoryRoutes,
  ...workflowRoutes,
  ...scoreRoutes,
  ...observabilityRoutes,
  ...signalRoutes,
  ...agentRoutes,
  ...datasetRoutes,
  ...experimentRoutes,
  ...systemRoutes,
];
