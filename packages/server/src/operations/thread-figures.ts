import type { MemoryStorage, ObservabilityStorage } from "@stowage/core";

/** Traces of a thread that are added up; of more the newest. */
const mostTraces = 100;
const atOnce = 8;

export interface ThreadFigures {
  threadId: string;
  messages: number;
  /** `null` when no trace of the thread tells. */
  traces: {
    count: number;
    errors: number;
    inputTokens: number;
    outputTokens: number;
    /** Sum by unit, of the costs that were stored beside their calls. */
    costs: Record<string, number>;
    /** Calls without one. */
    uncosted: number;
    /** Whether the thread has more traces than were added up. */
    isPartial: boolean;
  } | null;
}

/** How many messages threads have, and what the traces that name them used and cost. */
export async function threadFigures(
  memory: MemoryStorage,
  observability: ObservabilityStorage | undefined,
  threadIds: string[],
): Promise<ThreadFigures[]> {
  const counts = await memory.countMessages({ threadIds });
  const figures: ThreadFigures[] = counts.map((counted) => ({ ...counted, traces: null }));
  if (!observability) return figures;
  for (let from = 0; from < figures.length; from += atOnce) {
    await Promise.all(
      figures.slice(from, from + atOnce).map(async (figure) => {
        figure.traces = await tracesOf(observability, figure.threadId);
      }),
    );
  }
  return figures;
}

async function tracesOf(observability: ObservabilityStorage, threadId: string): Promise<ThreadFigures["traces"]> {
  const { spans, pagination } = await observability.listTracesLight({
    filters: { threadId },
    pagination: { page: 0, perPage: mostTraces },
    rollup: true,
  });
  if (spans.length === 0) return null;
  const costs: Record<string, number> = {};
  let [inputTokens, outputTokens, uncosted] = [0, 0, 0];
  for (const { rollup } of spans) {
    if (!rollup) continue;
    inputTokens += rollup.inputTokens;
    outputTokens += rollup.outputTokens;
    uncosted += rollup.uncosted;
    for (const [unit, sum] of Object.entries(rollup.costs)) costs[unit] = (costs[unit] ?? 0) + sum;
  }
  return {
    count: pagination?.total ?? spans.length,
    errors: spans.filter(({ status }) => status === "error").length,
    inputTokens,
    outputTokens,
    costs,
    uncosted,
    isPartial: pagination?.hasMore ?? false,
  };
}
