import { request, segment } from "./client.ts";

/** A record that an id names. */
export interface Found {
  kind: string;
  domain: string;
  id: string;
  title?: string;
  /** Ids of the records around it. */
  within?: Record<string, string>;
}

export const lookUp = (id: string, signal?: AbortSignal) =>
  request<{ id: string; found: Found[] }>(`/stowage/lookup/${segment(id)}`, { ...(signal && { signal }) });

export interface DomainHealth {
  status: "up" | "down" | "absent";
  milliseconds?: number;
}

export interface StorageDomainDescription {
  domain: string;
  health: DomainHealth;
  adapter?: string;
  engine?: string;
  target?: string;
  capabilities?: Record<string, unknown>;
  features?: string[];
  missing?: { feature: string; reason: string }[];
  tables?: {
    name: string;
    rows?: { count: number; precision: "exact" | "at_least" | "estimate" };
    bytes?: number;
    ages?: { column: string; oldest: string | null; newest: string | null; lastDay: number };
  }[];
  /** Of the whole database, where it does not tell its tables apart. */
  bytes?: number;
  /** How the storage answered this server within an hour; times in milliseconds. */
  lastHour?: { calls: number; failures: number; p50: number; p95: number };
  retention?: Record<string, unknown>;
}

export const storagePath = "/stowage/storage";

export const getStorage = (signal?: AbortSignal) =>
  request<{ name: string; domains: StorageDomainDescription[] }>(storagePath, { ...(signal && { signal }) });

export interface EngineStatements {
  engine: string;
  target?: string;
  statements: string[];
  unknown: string[];
}
export interface PrunedTable {
  domain: string;
  table: string;
  deleted: number;
  done: boolean;
  failed?: boolean;
}
/** What goes by age: without one, what the storage's own retention says. */
export interface PruneRequest {
  olderThan?: string;
  domain?: string;
}

const schemaPath = "/stowage/storage/schema";
const prunePath = "/stowage/storage/prune";

/** What would be run so that the databases have what this release declares. */
export const getPendingSchema = () => request<{ engines: EngineStatements[] }>(schemaPath);
export const applySchema = () => request<{ engines: EngineStatements[] }>(schemaPath, { method: "POST", body: {} });

export const countPrunable = (asked: PruneRequest) =>
  request<{ results: PrunedTable[] }>(prunePath, { query: { ...asked } });
export const prune = (asked: PruneRequest) =>
  request<{ results: PrunedTable[] }>(prunePath, { method: "POST", body: asked });

/** What the server allows. */
export const getServer = (signal?: AbortSignal) =>
  request<{ version: string; storage: string; readOnly: boolean }>("/stowage/server", { ...(signal && { signal }) });

export interface TraceTotals {
  traces: number;
  errors: number;
}

/** Totals of every list; `null` for a domain that is not kept or did not answer. */
export interface Overview {
  at: string;
  domains: {
    memory: { threads: number } | null;
    workflows: { runs: number; byStatus: Record<string, number> } | null;
    observability: {
      traces: number;
      lastDay: TraceTotals & { figures: { "duration.p50"?: number; "duration.p95"?: number } | null };
      lastWeek: TraceTotals;
      lastMonth: TraceTotals;
    } | null;
    agents: { agents: number } | null;
    datasets: { datasets: number } | null;
    experiments: { experiments: number } | null;
  };
}

export const overviewPath = "/stowage/overview";

export const getOverview = (signal?: AbortSignal) => request<Overview>(overviewPath, { ...(signal && { signal }) });

export interface ServerFacts {
  packages: { name: string; version: string }[];
  storageType?: string;
  observabilityEnabled: boolean;
  [flag: string]: unknown;
}

export const getServerFacts = (signal?: AbortSignal) =>
  request<ServerFacts>("/system/packages", { ...(signal && { signal }) });

export const getHealth = (signal?: AbortSignal) =>
  request<{ name: string; domains: Record<string, DomainHealth> }>("/stowage/health", { ...(signal && { signal }) });
