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
  tables?: { name: string; rows?: { count: number; precision: "exact" | "at_least" } }[];
  retention?: Record<string, unknown>;
}

export const storagePath = "/stowage/storage";

export const getStorage = (signal?: AbortSignal) =>
  request<{ name: string; domains: StorageDomainDescription[] }>(storagePath, { ...(signal && { signal }) });

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
