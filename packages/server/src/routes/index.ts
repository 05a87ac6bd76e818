import type { Route } from "../api/route.ts";
import { measured } from "../operations/latency.ts";
import type { Services } from "../services.ts";
import { agentRoutes } from "./agents.ts";
import { datasetRoutes } from "./datasets.ts";
import { experimentRoutes } from "./experiments.ts";
import { memoryRoutes } from "./memory.ts";
import { observabilityRoutes } from "./observability.ts";
import { overviewRoutes } from "./overview.ts";
import { recordRoutes } from "./records.ts";
import { resourceRoutes } from "./resources.ts";
import { runRoutes } from "./runs.ts";
import { scoreRoutes } from "./scores.ts";
import { signalRoutes } from "./signals.ts";
import { storageRoutes } from "./storage.ts";
import { systemRoutes } from "./system.ts";
import { threadRoutes } from "./threads.ts";
import { traceQueryRoutes } from "./trace-queries.ts";
import { transferRoutes } from "./transfer.ts";
import { workflowRoutes } from "./workflows.ts";

/** Every route below the prefix. Fixed words stand before parameters in their place. */
export const routesOf = (services: Services): readonly Route[] =>
  declared(services).map((route) => measured(route, services.latencies));

const declared = (services: Services): readonly Route[] => [
  ...memoryRoutes,
  ...threadRoutes,
  ...resourceRoutes,
  ...workflowRoutes,
  ...runRoutes,
  ...scoreRoutes,
  ...observabilityRoutes,
  ...traceQueryRoutes,
  ...signalRoutes,
  ...agentRoutes,
  ...datasetRoutes,
  ...experimentRoutes,
  ...systemRoutes,
  ...overviewRoutes,
  ...storageRoutes(services),
  ...recordRoutes,
  ...transferRoutes(services),
];
