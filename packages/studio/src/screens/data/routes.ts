import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);

export const dataRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/data",
    component: lazyRouteComponent(() => import("./table-index.tsx"), "TableIndex"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/data/$domain/$table",
    validateSearch: z.object({
      /** Conditions, as JSON. */
      where: text,
      /** The access path; a minus before it for the greatest first. */
      order: text,
      /** The key of the record shown beside the table, as JSON. */
      record: text,
    }),
    component: lazyRouteComponent(() => import("./table-browser.tsx"), "TableBrowser"),
  }),
];
