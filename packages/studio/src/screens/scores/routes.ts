import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);
const kind = z.catch(z._default(z.enum(["evaluation", "trace"]), "evaluation"), "evaluation");

export const scoreRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/scores",
    validateSearch: z.object({ kind, scorer: text, entity: text }),
    component: lazyRouteComponent(() => import("./score-list.tsx"), "ScoreList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/scorers/$scorerId",
    validateSearch: z.object({
      kind,
      /** From which score on a run passes. */
      pass: z.catch(z._default(z.coerce.number(), 0.5), 0.5),
      /** What the scores are split by. */
      by: text,
    }),
    component: lazyRouteComponent(() => import("./scorer-detail.tsx"), "ScorerDetail"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/scores/$scoreId",
    component: lazyRouteComponent(() => import("./score-detail.tsx"), "ScoreDetail"),
  }),
];
