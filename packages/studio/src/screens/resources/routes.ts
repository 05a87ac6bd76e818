import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

export const resourceRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/resources",
    validateSearch: z.object({ q: z.catch(z.optional(z.string()), undefined) }),
    component: lazyRouteComponent(() => import("./resource-list.tsx"), "ResourceList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/resources/$resourceId",
    validateSearch: z.object({
      tab: z.catch(z._default(z.enum(["memory", "history", "threads", "metadata"]), "memory"), "memory"),
    }),
    component: lazyRouteComponent(() => import("./resource-detail.tsx"), "ResourceDetail"),
  }),
];
