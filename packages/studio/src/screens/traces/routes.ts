import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";
import { rangeNames } from "./time-range.ts";

const text = z.catch(z.optional(z.string()), undefined);
const sorts = ["startedAt", "-startedAt", "endedAt", "-endedAt"] as const;

export const traceRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/traces",
    validateSearch: z.object({
      entity: text,
      status: z.catch(z.optional(z.enum(["success", "error", "running"])), undefined),
      type: text,
      thread: text,
      resource: text,
      run: text,
      environment: text,
      tag: text,
      range: z.catch(z._default(z.enum(rangeNames), "7d"), "7d"),
      sort: z.catch(z._default(z.enum(sorts), "-startedAt"), "-startedAt"),
    }),
    component: lazyRouteComponent(() => import("./trace-list.tsx"), "TraceList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/traces/$traceId",
    validateSearch: z.object({
      span: text,
      tab: z.catch(z.optional(z.enum(["io", "attributes", "usage", "events", "scores", "links", "raw"])), undefined),
      /** Part of a span's name. */
      q: text,
      type: text,
    }),
    component: lazyRouteComponent(() => import("./trace-detail.tsx"), "TraceDetail"),
  }),
];
