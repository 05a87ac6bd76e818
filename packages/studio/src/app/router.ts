import { createRouter } from "@tanstack/react-router";
import { rootRoute } from "./root-route.tsx";
import { screenRoutes } from "./screens.ts";
import { parseSearch, stringifySearch } from "./search-params.ts";

export const router = createRouter({
  routeTree: rootRoute.addChildren(screenRoutes),
  parseSearch,
  stringifySearch,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
