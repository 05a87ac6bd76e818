import * as hostStorage from "@mastra/core/storage";
import type { StowageDomainKey } from "@stowage/core";

/** An abstract domain class of the application's own copy of `@mastra/core`. */
export type HostDomainClass = abstract new (...args: never[]) => object;

const classNames: Record<StowageDomainKey, string> = {
  memory: "MemoryStorage",
  workflows: "WorkflowsStorage",
  scores: "ScoresStorage",
  observability: "ObservabilityStorage",
  agents: "AgentsStorage",
  datasets: "DatasetsStorage",
  experiments: "ExperimentsStorage",
};

/** The host's base class of a domain; a plain class where this copy of core has none. */
export function hostDomainClass(key: StowageDomainKey): HostDomainClass {
  const found = (hostStorage as Record<string, unknown>)[classNames[key]];
  return typeof found === "function" ? (found as HostDomainClass) : class {};
}

/**
 * Whether this copy of core awaits the first `init()` it makes. Older ones fire it unobserved, so that a rejection would end
 * the process; they are known by the missing list of domain keys, which came with the new way.
 */
export const hostAwaitsInit = "DOMAIN_KEYS" in hostStorage;
