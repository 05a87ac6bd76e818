import { type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { curlOf, type Query, request } from "./client.ts";

/** How an answer of a list is paged: at its top level or in `pagination`. */
interface PageFacts {
  total?: number;
  hasMore?: boolean;
}

export interface ListDefinition<T> {
  path: string;
  query?: Query;
  /** The rows in an answer. */
  rowsOf: (answer: never) => T[];
  /** Rows a request. Default 100, the most that every route gives. */
  perPage?: number;
  isEnabled?: boolean;
  /** Asks again every so many milliseconds. Default: only when told. */
  refreshMs?: number | undefined;
}

/** A list as its screen needs it: rows so far, the rest on demand, and how else to get it. */
export interface List<T> {
  rows: T[];
  /** `undefined` while unknown. */
  total: number | undefined;
  isPending: boolean;
  /** Rows of an earlier question, shown until the newer answer comes. */
  isStale: boolean;
  error: Error | null;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore: () => void;
  reload: () => void;
  /** Every row from the first on, page by page. */
  everyRow: () => AsyncGenerator<T[]>;
  curl: string;
}

const factsOf = (answer: object): PageFacts =>
  (answer as { pagination?: PageFacts }).pagination ?? (answer as PageFacts);

/** What of a list does not depend on how it is paged. */
export const stateOf = (found: UseInfiniteQueryResult) => ({
  isPending: found.isPending,
  isStale: found.isFetching && !found.isFetchingNextPage && !found.isPending,
  error: found.error,
  hasMore: found.hasNextPage,
  isLoadingMore: found.isFetchingNextPage,
  loadMore: () => void found.fetchNextPage({ cancelRefetch: false }),
  reload: () => void found.refetch(),
});

/** A list of the server, page by page. A question that a newer one replaces is aborted. */
export function useList<T>({
  path,
  query = {},
  rowsOf,
  perPage = 100,
  isEnabled = true,
  refreshMs,
}: ListDefinition<T>): List<T> {
  const pageOf = (page: number, signal?: AbortSignal) =>
    request<object>(path, { query: { ...query, page, perPage }, ...(signal && { signal }) });
  const found = useInfiniteQuery({
    queryKey: ["list", path, query, perPage],
    queryFn: ({ pageParam, signal }) => pageOf(pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last, _pages, page) => (factsOf(last).hasMore ? page + 1 : undefined),
    // Another filter shows the rows of the last one until its own come; another record never shows those of the last.
    placeholderData: (previous, asked) => (asked?.queryKey[1] === path ? previous : undefined),
    enabled: isEnabled,
    refetchInterval: refreshMs ?? false,
  });
  const { data } = found;
  const rows = useMemo(() => (data?.pages ?? []).flatMap((answer) => rowsOf(answer as never)), [data, rowsOf]);
  return {
    rows,
    total: data?.pages[0] && factsOf(data.pages[0]).total,
    ...stateOf(found),
    async *everyRow() {
      for (let page = 0, hasMore = true; hasMore; page++) {
        const answer = await pageOf(page);
        yield rowsOf(answer as never);
        hasMore = factsOf(answer).hasMore ?? false;
      }
    },
    curl: curlOf(path, { ...query, page: 0, perPage }),
  };
}
