import type { InstantInput } from "../instant-input.ts";

/** What calls of models add up to. */
export interface CallRollup {
  calls: number;
  /** Calls with an error. */
  callErrors: number;
  inputTokens: number;
  outputTokens: number;
  totalTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  reasoningTokens: number;
  /** Figures without a cost: the cost below is of the others only. */
  uncosted: number;
  /** Sum by unit; `""` stands for no unit. */
  costs: Record<string, number>;
}

/** The numbers of one trace. */
export interface TraceRollup extends CallRollup {
  traceId: string;
  spans: number;
  /** Spans with an error. */
  errors: number;
  /** From the first start to the first token; `null` when no span says. */
  firstTokenMs: number | null;
  /** The parts of the sums above, by model. */
  models: (CallRollup & { provider: string | null; model: string | null })[];
}

/** What rollups can be grouped and filtered by. The first four are of the trace's root. */
export const rollupDimensions = [
  "organizationId",
  "environment",
  "entityType",
  "entityName",
  "provider",
  "model",
] as const;
export type RollupDimension = (typeof rollupDimensions)[number];

export interface RollupArgs {
  /** Traces whose root started from then on. Rounded down to 15 minutes. */
  from: InstantInput;
  /** Traces whose root started before. Rounded up to 15 minutes. */
  to: InstantInput;
  /** Length of a bucket; without, one for the whole range. Days are those of UTC. */
  interval?: "15m" | "1h" | "1d";
  groupBy?: readonly RollupDimension[];
  /** Only what has exactly this value; `null` asks for what has none. */
  filters?: { [Name in RollupDimension]?: string | null };
  /** Percentiles of durations, each in [0, 1]. Default 0.5 and 0.95. */
  percentiles?: readonly number[];
}

/** A duration in milliseconds, each within 2 percent of a value of that rank; `null` when nothing has ended. */
export interface RollupPercentile {
  percentile: number;
  value: number | null;
}

export interface RollupRow extends CallRollup {
  /** Start of the bucket; `null` without `interval`. */
  bucket: Date | null;
  /** By the names of `groupBy`. */
  dimensions: { [Name in RollupDimension]?: string | null };
  /** Traces with a root; `null` where groups or filters are by model, of which a trace may have several. */
  traces: number | null;
  /** Traces whose root has an error. */
  traceErrors: number | null;
  spans: number | null;
  /** Durations of traces whose root has ended; `null` where `traces` is. */
  traceDurations: RollupPercentile[] | null;
  /** Durations of calls that have ended. */
  callDurations: RollupPercentile[];
}

export interface RebuildArgs {
  from?: InstantInput;
  to?: InstantInput;
}

export interface RebuildResult {
  /** Traces that were looked at. */
  traces: number;
  /** Spans whose usage was not what their attributes say. */
  corrected: number;
}
