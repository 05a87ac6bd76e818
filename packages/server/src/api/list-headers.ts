interface Paging {
  total?: unknown;
  page?: unknown;
  perPage?: unknown;
  hasMore?: unknown;
}

/** `X-Total-Count`, where it was counted, and `Link` of an answer that is a page of a list; nothing for any other. */
export function listHeaders(url: string, answer: unknown): Record<string, string> {
  if (typeof answer !== "object" || answer === null) return {};
  const { pagination = answer } = answer as { pagination?: object | null };
  const { page, perPage, hasMore, ...rest } = (pagination ?? {}) as Paging;
  const total = /[?&]includeTotal=false(&|$)/.test(url) ? undefined : rest.total;
  const counted: Record<string, string> =
    typeof total === "number" && total >= 0 ? { "X-Total-Count": String(total) } : {};
  if (typeof page !== "number" || typeof perPage !== "number" || perPage < 1) {
    return "hasMore" in ((pagination ?? {}) as object) ? counted : {};
  }
  const last = typeof total === "number" && total > 0 ? Math.ceil(total / perPage) - 1 : undefined;
  const links = [
    hasMore === true && ([page + 1, "next"] as const),
    page > 0 && ([page - 1, "prev"] as const),
    [0, "first"] as const,
    last !== undefined && ([last, "last"] as const),
  ];
  const pageAt = addressOfPages(url);
  const written = links.flatMap((link) => (link ? [`<${pageAt}${link[0]}>; rel="${link[1]}"`] : []));
  return { ...counted, Link: written.join(", ") };
}

/** The address as it was asked for, up to the number of the page. */
function addressOfPages(url: string): string {
  const from = url.indexOf("/", url.indexOf("//") + 2);
  const queryAt = url.indexOf("?", from);
  const path = url.slice(from, queryAt < 0 ? undefined : queryAt);
  const search = queryAt < 0 ? "" : url.slice(queryAt + 1);
  const others = search.split("&").filter((part) => part !== "" && !/^(page|offset)=/.test(part));
  return `${path}?${[...others, "page="].join("&")}`;
}
