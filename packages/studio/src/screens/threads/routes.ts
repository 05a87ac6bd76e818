import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);

export const threadRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/threads",
    validateSearch: z.object({
      resource: text,
      /** `key=value` */
      metadata: text,
      /** A text that the title holds. */
      title: text,
      /** Bounds of the time by which the list is ordered, as dates. */
      from: text,
      to: text,
      sort: z.catch(
        z._default(z.enum(["createdAt", "-createdAt", "updatedAt", "-updatedAt"]), "-updatedAt"),
        "-updatedAt",
      ),
    }),
    component: lazyRouteComponent(() => import("./thread-list.tsx"), "ThreadList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/threads/$threadId",
    validateSearch: z.object({
      /** The message to show. */
      m: text,
      /** A thread that this one is held against. */
      branch: text,
      panel: z.catch(z.optional(z.enum(["memory", "branches", "metadata", "traces"])), undefined),
    }),
    component: lazyRouteComponent(() => import("./thread-detail.tsx"), "ThreadDetail"),
  }),
];
