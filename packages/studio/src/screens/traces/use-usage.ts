import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { List } from "../../api/list.ts";
import { getUsage, type LightSpan, type TraceUsage } from "../../api/traces.ts";

/** A trace with what it used, once that is known. */
export type MeasuredTrace = LightSpan & { measured?: TraceUsage };

const chunk = 50;

/** The list with tokens and cost beside each trace. They come after the rows, some rows at a time. */
export function useMeasured(list: List<LightSpan>): List<MeasuredTrace> {
  const chunks: LightSpan[][] = [];
  for (let from = 0; from < list.rows.length; from += chunk) chunks.push(list.rows.slice(from, from + chunk));
  const answers = useQueries({
    queries: chunks.map((rows) => {
      const ids = rows.map(({ traceId }) => traceId);
      return {
        queryKey: ["trace-usage", ids, rows.map(({ endedAt }) => endedAt)],
        queryFn: ({ signal }: { signal: AbortSignal }) => getUsage(ids, signal),
        staleTime: 60_000,
      };
    }),
    combine: (results) => results.map(({ data }) => data?.traces),
  });
  const rows = useMemo(
    () =>
      withUsage(
        list.rows,
        answers.flatMap((traces) => traces ?? []),
      ),
    [list.rows, answers],
  );
  return {
    ...list,
    rows,
    async *everyRow() {
      for await (const page of list.everyRow()) {
        const ids = page.map(({ traceId }) => traceId);
        yield withUsage(page, ids.length > 0 ? (await getUsage(ids)).traces : []);
      }
    },
  };
}

function withUsage(rows: readonly LightSpan[], usage: readonly TraceUsage[]): MeasuredTrace[] {
  const byId = new Map(usage.map((entry) => [entry.traceId, entry]));
  return rows.map((row) => {
    const measured = byId.get(row.traceId);
    return measured ? { ...row, measured } : row;
  });
}
