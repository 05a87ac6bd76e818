import { overviewRoutes } from "../screens/overview/routes.ts";
import { resourceRoutes } from "../screens/resources/routes.ts";
import { searchRoutes } from "../screens/search/routes.ts";
import { settingsRoutes } from "../screens/settings/routes.ts";
import { storageRoutes } from "../screens/storage/routes.ts";
import { threadRoutes } from "../screens/threads/routes.ts";

/** Every screen: a folder under `screens/` brings its routes here, and its place in the menu in `navigation.ts`. */
export const screenRoutes = [
  ...overviewRoutes,
  ...threadRoutes,
  ...resourceRoutes,
  ...storageRoutes,
  ...searchRoutes,
  ...settingsRoutes,
];
