import type { Duration, MastraCompositeStore, RetentionConfig, StorageDomain } from "@stowage/core";

/** Every table that ages, as `domain.table`. */
export function agingTables(storage: MastraCompositeStore): { domain: string; table: string }[] {
  return Object.entries(storage.stores ?? {}).flatMap(([domain, store]) => {
    const { retentionTables = {} } = (store as object).constructor as Partial<typeof StorageDomain>;
    return Object.keys(retentionTables).map((table) => ({ domain, table }));
  });
}

/** One age for every table that ages, or for those named. Empty when nothing of the name does. */
export function policiesFor(
  storage: MastraCompositeStore,
  maxAge: Duration,
  named: { domain?: string | undefined; table?: string | undefined } = {},
): RetentionConfig {
  const policies: RetentionConfig = {};
  for (const { domain, table } of agingTables(storage)) {
    if ((named.domain ?? domain) !== domain || (named.table ?? table) !== table) continue;
    // A trace is one thing: some of its spans alone say nothing.
    const unit = domain === "observability" && table === "spans" ? { unit: "trace" as const } : {};
    (policies[domain] ??= {})[table] = { maxAge, ...unit };
  }
  return policies;
}
