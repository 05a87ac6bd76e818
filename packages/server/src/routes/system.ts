import { z } from "@hono/zod-openapi";
import type { LogLevel } from "@stowage/core";
import { narrow } from "../access/principal.ts";
import { instant, page } from "../api/query.ts";
import { type Call, type Route, route } from "../api/route.ts";
import { healthOf } from "../operations/health.ts";
import { version } from "../version.ts";
import { pageShape, record } from "./shapes.ts";

const area = "system";
const text = z.string().optional();

const logQuery = {
  ...page,
  transportId: text,
  fromDate: instant.optional(),
  toDate: instant.optional(),
  logLevel: text,
  filters: z.union([z.string(), z.array(z.string())]).optional(),
  runId: text,
};
const levels = new Set<string>(["debug", "info", "warn", "error", "fatal"]);

/** Stored log records in the form of the client's older list. */
async function logsOf(
  { store, query, principal }: Call<object, z.output<z.ZodObject<typeof logQuery>>>,
  runId?: string,
) {
  const { page = 0, perPage = 100, fromDate, toDate, logLevel, filters = [] } = query;
  const given = (Array.isArray(filters) ? filters : [filters]).map((entry) => entry.split(/:(.*)/s));
  const wanted = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const { logs, pagination } = await (await store("observability")).listLogs({
    pagination: { page, perPage: Math.min(perPage, 100) },
    filters: {
      ...wanted,
      runId: runId ?? wanted.runId,
      resourceId: narrow(principal, wanted.resourceId),
      ...(logLevel && levels.has(logLevel) && { level: logLevel as LogLevel }),
      ...((fromDate || toDate) && { timestamp: { start: fromDate, end: toDate } }),
    },
  });
  const { total = logs.length, hasMore = false } = pagination ?? {};
  return {
    logs: logs.map((entry) => ({
      level: entry.level === "fatal" ? "error" : entry.level,
      msg: entry.message,
      time: entry.timestamp,
      context: entry.data ?? undefined,
      runId: entry.runId ?? undefined,
      pid: 0,
      hostname: "",
      name: entry.serviceName ?? entry.entityName ?? "",
    })),
    total,
    page,
    perPage,
    hasMore,
  };
}

export const systemRoutes: Route[] = [
  route("get /system/packages", {
    area,
    isBound: true,
    summary: "What this server can show",
    answer: z.looseObject({
      packages: z.array(z.object({ name: z.string(), version: z.string() })),
      observabilityEnabled: z.boolean(),
    }),
    async run({ storage }) {
      const observability = await storage.getStore("observability").catch(() => undefined);
      const features = observability?.getFeatures() ?? [];
      return {
        packages: [{ name: "@stowage/server", version }],
        isDev: false,
        cmsEnabled: true,
        liveKitConnectionRouteEnabled: false,
        editorSource: "db",
        observabilityEnabled: observability !== undefined,
        storageType: storage.name,
        observabilityStorageType: storage.name,
        observabilityStorageCapabilities: {
          metrics: features.includes("metrics"),
          logs: features.includes("logs"),
          traceQueryDiscovery: features.includes("trace-query-discovery"),
        },
        observabilityRuntimeStrategy: observability?.observabilityStrategy.preferred,
      };
    },
  }),
  route("get /logs/transports", {
    area: "observability",
    isBound: true,
    summary: "The one source of logs",
    answer: z.object({ transports: z.array(z.string()) }),
    run: async () => ({ transports: ["stowage"] }),
  }),
  route("get /logs", {
    area: "observability",
    isBound: true,
    summary: "A page of stored logs",
    query: logQuery,
    answer: z.object({ logs: z.array(record), ...pageShape }),
    run: (call) => logsOf(call),
  }),
  route("get /logs/{runId}", {
    area: "observability",
    isBound: true,
    summary: "A page of the logs of a run",
    query: logQuery,
    answer: z.object({ logs: z.array(record), ...pageShape }),
    run: (call) => logsOf(call, call.params.runId),
  }),
  route("get /stowage/health", {
    area,
    isStrict: true,
    summary: "Each domain of the storage: up, down or absent",
    answer: z.object({ name: z.string(), domains: z.record(z.string(), record) }),
    run: async ({ storage }) => ({ name: storage.name, domains: await healthOf(storage) }),
  }),
];
