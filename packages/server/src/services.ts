import type { Logger, MastraCompositeStore } from "@stowage/core";
import { Blocked } from "./access/blocked.ts";
import type { Principal } from "./access/principal.ts";
import { type CounterStore, MemoryCounters } from "./access/rate-limit.ts";
import { forbidden } from "./api/errors.ts";
import { defaultLogger } from "./logger.ts";
import { Answered } from "./operations/answered.ts";
import { Latencies } from "./operations/latency.ts";
import { ServerMetrics } from "./operations/metrics.ts";
import type { ResolvedOptions } from "./options.ts";

/** What one server shares between its requests. */
export interface Services {
  readonly options: ResolvedOptions;
  readonly logger: Logger;
  readonly metrics: ServerMetrics;
  readonly latencies: Latencies;
  readonly counters: CounterStore;
  readonly answered: Answered;
  readonly blocked: Blocked;
  /** Aborted when the server has waited long enough for what it is still sending. */
  readonly interruption: AbortController;
  /**
   * The storage of a principal's tenant.
   *
   * @throws HttpError 403 when the principal has a tenant and the server keeps none apart, or the tenant has no storage.
   */
  storageFor(principal: Pick<Principal, "tenant">): Promise<MastraCompositeStore> | MastraCompositeStore;
  /** Storages handed out so far, to close. */
  storages(): Set<MastraCompositeStore>;
}

export function servicesOf(options: ResolvedOptions): Services {
  const { storage } = options;
  const used = new Set<MastraCompositeStore>();
  if (typeof storage !== "function") used.add(storage);
  return {
    options,
    logger: options.logger ?? defaultLogger,
    metrics: new ServerMetrics(),
    latencies: new Latencies(),
    counters: options.counters ?? new MemoryCounters(),
    answered: new Answered(),
    blocked: new Blocked(),
    interruption: new AbortController(),
    storages: () => used,
    storageFor({ tenant }) {
      if (typeof storage !== "function") {
        if (tenant === undefined) return storage;
        throw forbidden("this server keeps no tenants apart");
      }
      return Promise.resolve(storage(tenant)).then((found) => {
        if (!found) throw forbidden("there is no storage for this tenant");
        used.add(found);
        return found;
      });
    },
  };
}
