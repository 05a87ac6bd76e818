/** A length of time: milliseconds, or a number with a unit such as `90d` or `1.5h`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d" | "w"}`;

export interface TableRetentionPolicy {
  /** Rows strictly older than this are removed. */
  maxAge: Duration;
  /** Most rows per batch, each batch a transaction of its own. Default 1000. */
  batchSize?: number;
  /** `trace`: spans go only with their whole trace. Default `row`. Only for `observability.spans`. */
  unit?: "row" | "trace";
}

/** Policies by domain key and table key. */
export interface RetentionConfig {
  [domain: string]: Record<string, TableRetentionPolicy> | undefined;
}

export interface PruneOptions {
  /** Most batches per table and call. */
  maxBatches?: number;
  /** Most rows per table and call; never exceeded. */
  maxRows?: number;
  /** Wait between batches, in milliseconds. */
  pauseMs?: number;
  /** Looked at between batches; an abort gives partial results, not a rejection. */
  signal?: AbortSignal;
  /** Replaces the configured policies for this call. */
  retention?: RetentionConfig;
  /** Counts what would go and removes nothing. */
  dryRun?: boolean;
}

export interface PruneResult {
  domain: string;
  table: string;
  deleted: number;
  /** `false` when a cap, the signal or an error ended the table with rows left. */
  done: boolean;
  /** What went wrong with this table; the others were still pruned. */
  error?: string;
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** A duration in milliseconds. @throws Error when it is negative, not finite, or no number with a known unit. */
export function parseDuration(duration: unknown): number {
  const match = typeof duration === "string" ? /^(\d+(?:\.\d+)?|\.\d+)(ms|s|m|h|d|w)$/.exec(duration) : undefined;
  const ms = match ? Number(match[1]) * units[match[2] as keyof typeof units] : duration;
  if (typeof ms !== "number" || !Number.isFinite(ms) || ms < 0) {
    throw new Error(
      `invalid duration ${String(duration)}: give milliseconds or a number with one of ms, s, m, h, d, w`,
    );
  }
  return ms;
}

/** The rows one batch may remove. @throws Error when it is no positive safe integer. */
export function batchSizeOf({ batchSize = 1000 }: TableRetentionPolicy): number {
  if (!Number.isSafeInteger(batchSize) || batchSize <= 0)
    throw new Error(`batchSize must be a positive integer, not ${batchSize}`);
  return batchSize;
}

/** Checks every policy of a configuration. @throws Error naming the domain and table of the first bad one. */
export function checkRetention(retention: RetentionConfig | undefined): void {
  for (const [domain, tables] of Object.entries(retention ?? {})) {
    for (const [table, policy] of Object.entries(tables ?? {})) {
      try {
        parseDuration(policy.maxAge);
        batchSizeOf(policy);
      } catch (error) {
        throw new Error(`retention.${domain}.${table}: ${(error as Error).message}`);
      }
    }
  }
}

/** What a batch removed, where its number alone does not say whether to go on. */
export interface PrunedBatch {
  readonly removed: number;
  /** `done`: nothing is left. `more`: go on. `stop`: what is left does not fit the caps of this call. */
  readonly end: "done" | "more" | "stop";
}

/**
 * The loop every pruned table shares: batches until one comes back short, a cap is reached or the signal says stop.
 * `removeBatch` gets the cutoff instant and the most rows it may remove, and returns how many it removed. A dry run asks
 * `countOlder` instead, and reports what the caps would allow.
 */
export async function pruneTable(
  domain: string,
  table: string,
  policy: TableRetentionPolicy,
  options: PruneOptions,
  removeBatch: (cutoff: number, limit: number) => Promise<number | PrunedBatch>,
  now: number = Date.now(),
  countOlder: (cutoff: number) => Promise<number> = async () => 0,
): Promise<PruneResult> {
  const cutoff = now - parseDuration(policy.maxAge);
  const batchSize = batchSizeOf(policy);
  const { maxBatches = Number.POSITIVE_INFINITY, maxRows = Number.POSITIVE_INFINITY, pauseMs = 0, signal } = options;
  let deleted = 0;
  try {
    if (options.dryRun) {
      const older = await countOlder(cutoff);
      const most = Math.min(maxRows, maxBatches * batchSize);
      return { domain, table, deleted: Math.min(older, most), done: older <= most };
    }
    for (let batch = 0; ; batch++) {
      const limit = Math.min(batchSize, maxRows - deleted);
      if (signal?.aborted || batch >= maxBatches || limit <= 0) return { domain, table, deleted, done: false };
      if (batch > 0 && pauseMs > 0) await interruptibleWait(pauseMs, signal);
      if (signal?.aborted) return { domain, table, deleted, done: false };
      const batchResult = await removeBatch(cutoff, limit);
      const { removed, end } =
        typeof batchResult === "number"
          ? ({ removed: batchResult, end: batchResult < limit ? "done" : "more" } as const)
          : batchResult;
      deleted += removed;
      if (end !== "more") return { domain, table, deleted, done: end === "done" };
    }
  } catch (error) {
    return { domain, table, deleted, done: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function interruptibleWait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
