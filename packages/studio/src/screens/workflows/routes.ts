import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);
const filters = { status: text, resource: text, from: text };

export const workflowRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/workflows",
    validateSearch: z.object(filters),
    component: lazyRouteComponent(() => import("./run-list.tsx"), "AllRuns"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/workflows/$name/runs",
    validateSearch: z.object(filters),
    component: lazyRouteComponent(() => import("./run-list.tsx"), "WorkflowRuns"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/workflows/$name/runs/$runId",
    validateSearch: z.object({ step: text }),
    component: lazyRouteComponent(() => import("./run-detail.tsx"), "RunDetail"),
  }),
];
