import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";
import { rangeNames } from "./time-range.ts";
import { traceViews } from "./trace-views.ts";

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
      user: text,
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
    path: "/traces/compare",
    validateSearch: z.object({ a: text, b: text }),
    component: lazyRouteComponent(() => import("./compare/trace-compare.tsx"), "TraceCompare"),
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
      view: z.catch(z.optional(z.enum(traceViews)), undefined),
      /** The part of the trace's time to show, in percent, as in "20-45.5". */
      zoom: text,
      /** Whether the critical path stands out. */
      critical: z.catch(z.optional(z.literal("on")), undefined),
    }),
    component: lazyRouteComponent(() => import("./trace-detail.tsx"), "TraceDetail"),
  }),
];
