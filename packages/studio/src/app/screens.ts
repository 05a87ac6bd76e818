import { agentRoutes } from "../screens/agents/routes.ts";
import { dataRoutes } from "../screens/data/routes.ts";
import { datasetRoutes } from "../screens/datasets/routes.ts";
import { experimentRoutes } from "../screens/experiments/routes.ts";
import { overviewRoutes } from "../screens/overview/routes.ts";
import { resourceRoutes } from "../screens/resources/routes.ts";
import { scoreRoutes } from "../screens/scores/routes.ts";
import { searchRoutes } from "../screens/search/routes.ts";
import { settingsRoutes } from "../screens/settings/routes.ts";
import { storageRoutes } from "../screens/storage/routes.ts";
import { threadRoutes } from "../screens/threads/routes.ts";
import { traceRoutes } from "../screens/traces/routes.ts";
import { workflowRoutes } from "../screens/workflows/routes.ts";

/** Every screen: a folder under `screens/` brings its routes here, and its place in the menu in `navigation.ts`. */
export const screenRoutes = [
  ...overviewRoutes,
  ...threadRoutes,
  ...resourceRoutes,
  ...traceRoutes,
  ...workflowRoutes,
  ...scoreRoutes,
  ...datasetRoutes,
  ...experimentRoutes,
  ...agentRoutes,
  ...storageRoutes,
  ...dataRoutes,
  ...searchRoutes,
  ...settingsRoutes,
];
