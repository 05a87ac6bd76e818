import type { ObservabilityStorage } from "@stowage/core";

/** The tool by which agents of Mastra change working memory; its name is the entity of its spans. */
const tool = "updateWorkingMemory";

/** One call by which an agent wrote what it remembers. */
export interface WorkingMemoryChange {
  at: Date;
  traceId: string;
  spanId: string;
  threadId: string | null;
  /** What it wrote: the whole memory, or with a schema the members that it set, as JSON. `null` when the call did not say. */
  text: string | null;
}

/**
 * Working memory itself is kept as it is now. What it was follows from the calls that wrote it, for agents that are traced;
 * changes by programs and by hand leave none.
 */
export async function workingMemoryHistory(
  observability: ObservabilityStorage,
  resourceId: string,
  { page = 0, perPage = 20 }: { page?: number | undefined; perPage?: number | undefined },
) {
  const { branches, pagination } = await observability.listBranches({
    filters: { resourceId, spanType: "tool_call", entityName: tool },
    pagination: { page, perPage: Math.min(perPage, 50) },
    orderBy: { field: "startedAt", direction: "DESC" },
  } as never);
  const changes = await Promise.all(
    branches.map(async ({ traceId, spanId, startedAt, threadId = null }): Promise<WorkingMemoryChange> => {
      const span = (await observability.getSpan({ traceId, spanId }))?.span;
      return { at: startedAt, traceId, spanId, threadId, text: writtenBy(span?.input) };
    }),
  );
  const { total = changes.length, hasMore = false } = pagination ?? {};
  return { changes, total, page, perPage, hasMore };
}

function writtenBy(input: unknown): string | null {
  const memory = (input as { memory?: unknown } | null | undefined)?.memory;
  if (memory === undefined || memory === null) return null;
  return typeof memory === "string" ? memory : JSON.stringify(memory, null, 2);
}
