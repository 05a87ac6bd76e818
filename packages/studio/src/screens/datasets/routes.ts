import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import * as z from "zod/mini";
import { rootRoute } from "../../app/root-route.tsx";

const text = z.catch(z.optional(z.string()), undefined);
const sorts = ["name", "-name", "createdAt", "-createdAt", "updatedAt", "-updatedAt"] as const;

export const datasetRoutes = [
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/datasets",
    validateSearch: z.object({
      name: text,
      target: text,
      sort: z.catch(z._default(z.enum(sorts), "-updatedAt"), "-updatedAt"),
    }),
    component: lazyRouteComponent(() => import("./dataset-list.tsx"), "DatasetList"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/datasets/$datasetId",
    validateSearch: z.object({
      tab: z.catch(z._default(z.enum(["items", "versions", "experiments", "record"]), "items"), "items"),
      /** The version to show; default: the current one. */
      v: text,
      /** Text in an item. */
      q: text,
    }),
    component: lazyRouteComponent(() => import("./dataset-detail.tsx"), "DatasetDetail"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/datasets/$datasetId/diff",
    validateSearch: z.object({ from: text, to: text }),
    component: lazyRouteComponent(() => import("./version-diff.tsx"), "VersionDiff"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/datasets/$datasetId/import",
    component: lazyRouteComponent(() => import("./import-items.tsx"), "ImportItems"),
  }),
  createRoute({
    getParentRoute: () => rootRoute,
    path: "/datasets/$datasetId/items/$itemId",
    validateSearch: z.object({
      /** The version of the dataset that wrote the row to show; default: the newest. */
      v: text,
    }),
    component: lazyRouteComponent(() => import("./item-detail.tsx"), "ItemDetail"),
  }),
];
