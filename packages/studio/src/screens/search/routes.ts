import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

export const searchRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/search",
    validateSearch: z.object({
      q: z.catch(z._default(z.string(), ""), ""),
      /** Whose messages are searched. */
      resource: z.catch(z.optional(z.string()), undefined),
    }),
    component: lazyRouteComponent(() => import("./search.tsx"), "Search"),
  }),
];
