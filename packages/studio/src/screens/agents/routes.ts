import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);
const sorts = ["createdAt", "-createdAt", "updatedAt", "-updatedAt"] as const;

export const agentRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/agents",
    validateSearch: z.object({
      status: z.catch(z.optional(z.enum(["draft", "published", "archived"])), undefined),
      author: text,
      sort: z.catch(z._default(z.enum(sorts), "-updatedAt"), "-updatedAt"),
    }),
    component: lazyRouteComponent(() => import("./agent-list.tsx"), "AgentList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/agents/$agentId",
    validateSearch: z.object({
      /** The version to show; default: the one in force. */
      v: text,
      tab: z.catch(z._default(z.enum(["configuration", "versions", "uses"]), "configuration"), "configuration"),
    }),
    component: lazyRouteComponent(() => import("./agent-detail.tsx"), "AgentDetail"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/agents/$agentId/diff",
    validateSearch: z.object({ from: text, to: text }),
    component: lazyRouteComponent(() => import("./agent-diff.tsx"), "AgentDiff"),
  }),
];
