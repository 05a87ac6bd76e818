import type { MastraCompositeStore, ObservabilityStorage, SpanRecord } from "@stowage/core";

/** What is looked at of a storage. */
export interface StoredRange {
  storage: Pick<MastraCompositeStore, "getStore"> | ObservabilityStorage;
  /** Traces that began from then on. Default: all. */
  since?: Date;
  /** Traces that began before. Default: now. */
  until?: Date;
}

const tracesOfPage = 100;

/** @throws Error when the storage has no observability domain. */
export async function domainOf({ storage }: Pick<StoredRange, "storage">): Promise<ObservabilityStorage> {
  const store = "getStore" in storage ? await storage.getStore("observability") : storage;
  if (!store) throw new Error("the storage has no observability domain");
  return store;
}

/** Trace after trace, oldest first, each with all its spans. */
export async function* storedTraces(
  store: ObservabilityStorage,
  { since, until = new Date() }: Omit<StoredRange, "storage">,
): AsyncGenerator<SpanRecord[]> {
  const startedAt = { ...(since && { start: since }), end: until, endExclusive: true };
  for (let page = 0; ; page++) {
    const { spans, pagination } = await store.listTracesLight({
      filters: { startedAt },
      pagination: { page, perPage: tracesOfPage },
      orderBy: { field: "startedAt", direction: "ASC" },
    });
    for (const { traceId } of spans) yield (await store.getTrace({ traceId }))?.spans ?? [];
    if (!pagination?.hasMore) return;
  }
}
