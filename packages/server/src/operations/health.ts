import type { MastraCompositeStore, StowageDomainKey, StowageDomains } from "@stowage/core";

type Ping = { [K in StowageDomainKey]: (store: StowageDomains[K]) => Promise<unknown> };

const nobody = "stowage-readiness";

/** The cheapest read of each domain. */
const pings: Ping = {
  memory: (store) => store.getThreadById({ threadId: nobody }),
  workflows: (store) => store.loadWorkflowSnapshot({ workflowName: nobody, runId: nobody }),
  scores: (store) => store.getScoreById({ id: nobody }),
  observability: (store) => store.getSpan({ traceId: nobody, spanId: nobody }),
  agents: (store) => store.getById(nobody),
  datasets: (store) => store.getDatasetById({ id: nobody }),
  experiments: (store) => store.getExperimentById({ id: nobody }),
};
export const domainKeys = Object.keys(pings) as StowageDomainKey[];

export interface DomainHealth {
  status: "up" | "down" | "absent";
  milliseconds?: number;
}
export type Health = Record<StowageDomainKey, DomainHealth>;

/** Asks every domain of a storage, all at the same time, and gives each a second. */
export async function healthOf(storage: MastraCompositeStore, timeoutMs = 1000): Promise<Health> {
  const entries = await Promise.all(
    domainKeys.map(async (key): Promise<[StowageDomainKey, DomainHealth]> => {
      const started = performance.now();
      const asked = (async (): Promise<DomainHealth> => {
        const store = await storage.getStore(key);
        if (!store) return { status: "absent" };
        await (pings[key] as (store: unknown) => Promise<unknown>)(store);
        return { status: "up", milliseconds: Math.round((performance.now() - started) * 100) / 100 };
      })();
      return [key, await within(asked, timeoutMs)];
    }),
  );
  return Object.fromEntries(entries) as Health;
}

async function within(asked: Promise<DomainHealth>, timeoutMs: number): Promise<DomainHealth> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DomainHealth>((resolve) => {
    timer = setTimeout(() => resolve({ status: "down" }), timeoutMs);
  });
  try {
    return await Promise.race([asked.catch((): DomainHealth => ({ status: "down" })), late]);
  } finally {
    clearTimeout(timer);
  }
}

export const isReady = (health: Health) => {
  const found = Object.values(health).filter(({ status }) => status !== "absent");
  return found.length > 0 && found.every(({ status }) => status === "up");
};
