import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { List } from "./list.ts";

const chunk = 50;

interface BesideDefinition<T, Fact> {
  /** Names the question. */
  name: string;
  list: List<T>;
  idOf: (row: T) => string;
  /** What is known of at most 50 rows, by their ids. */
  ask: (ids: string[], signal?: AbortSignal) => Promise<Map<string, Fact>>;
}

/** The list with what another question says of its rows. That comes after the rows, fifty of them at a time. */
export function useBeside<T, Fact>({
  name,
  list,
  idOf,
  ask,
}: BesideDefinition<T, Fact>): List<T & { beside?: Fact | undefined }> {
  const chunks: string[][] = [];
  for (let from = 0; from < list.rows.length; from += chunk) chunks.push(list.rows.slice(from, from + chunk).map(idOf));
  const answers = useQueries({
    queries: chunks.map((ids) => ({
      queryKey: ["beside", name, ids],
      queryFn: ({ signal }: { signal: AbortSignal }) => ask(ids, signal),
      staleTime: 60_000,
    })),
    combine: (results) => results.map(({ data }) => data),
  });
  const rows = useMemo(
    () => list.rows.map((row, at) => ({ ...row, beside: answers[Math.floor(at / chunk)]?.get(idOf(row)) })),
    [list.rows, answers, idOf],
  );
  return {
    ...list,
    rows,
    async *everyRow() {
      for await (const page of list.everyRow()) {
        for (let from = 0; from < page.length; from += chunk) {
          const some = page.slice(from, from + chunk);
          const facts = await ask(some.map(idOf));
          yield some.map((row) => ({ ...row, beside: facts.get(idOf(row)) }));
        }
      }
    },
  };
}
