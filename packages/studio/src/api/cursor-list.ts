import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { curlOf, type Query, request } from "./client.ts";
import { type List, stateOf } from "./list.ts";

/** An answer of a list that goes on by a cursor. */
export interface CursorPage<T> {
  rows: T[];
  next: string | null;
  total?: { count: number; isExact: boolean };
}

interface CursorListDefinition {
  path: string;
  query: Query;
  /** Rows a request. Default 100. */
  perPage?: number;
  /** Asked of the server for a download instead. */
  wholeQuery?: Query;
}

/** A list of the server that goes on by cursors: as useList, which goes by numbers of pages. */
export function useCursorList<T>({ path, query, perPage = 100, wholeQuery }: CursorListDefinition): List<T> {
  const pageAt = (cursor: string | undefined, signal?: AbortSignal, further: Query = {}) =>
    request<CursorPage<T>>(path, { query: { ...query, ...further, perPage, cursor }, ...(signal && { signal }) });
  const found = useInfiniteQuery({
    queryKey: ["cursor-list", path, query, perPage],
    queryFn: ({ pageParam, signal }) => pageAt(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: (previous, asked) => (asked?.queryKey[1] === path ? previous : undefined),
  });
  const { data } = found;
  const rows = useMemo(() => (data?.pages ?? []).flatMap((page) => page.rows), [data]);
  const total = data?.pages[0]?.total;
  return {
    rows,
    total: total?.isExact ? total.count : undefined,
    ...stateOf(found),
    async *everyRow() {
      let cursor: string | undefined;
      do {
        const page = await pageAt(cursor, undefined, wholeQuery);
        yield page.rows;
        cursor = page.next ?? undefined;
      } while (cursor !== undefined);
    },
    curl: curlOf(path, { ...query, perPage }),
  };
}
