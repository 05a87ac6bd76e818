import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

export const storageRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/storage",
    validateSearch: z.object({ domain: z.catch(z.optional(z.string()), undefined) }),
    component: lazyRouteComponent(() => import("./storage-overview.tsx"), "StorageOverview"),
  }),
];
