import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";
import { stepViews } from "./step-view-names.ts";

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
    validateSearch: z.object({
      /** The selected step; those of nested workflows stand behind a slash. */
      step: text,
      view: z.catch(z._default(z.enum(stepViews), "timeline"), "timeline"),
    }),
    component: lazyRouteComponent(() => import("./run-detail.tsx"), "RunDetail"),
  }),
];
