import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);

export const experimentRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/experiments",
    validateSearch: z.object({
      status: text,
      target: text,
      sort: z.catch(z._default(z.enum(["createdAt", "-createdAt"]), "-createdAt"), "-createdAt"),
    }),
    component: lazyRouteComponent(() => import("./experiment-list.tsx"), "ExperimentList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/experiments/compare",
    validateSearch: z.object({
      /** Ids between commas. */
      ids: text,
      baseline: text,
      only: z.catch(z.optional(z.enum(["regressions"])), undefined),
      /** The item whose outputs are shown. */
      item: text,
    }),
    component: lazyRouteComponent(() => import("./experiment-compare.tsx"), "ExperimentCompare"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/experiments/$experimentId",
    validateSearch: z.object({
      /** The result to show. */
      result: text,
      status: z.catch(z.optional(z.enum(["needs-review", "reviewed", "complete"])), undefined),
    }),
    component: lazyRouteComponent(() => import("./experiment-detail.tsx"), "ExperimentDetail"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/experiments/$experimentId/review",
    component: lazyRouteComponent(() => import("./review-queue.tsx"), "ReviewQueue"),
  }),
];
