interface Paging {
  total?: unknown;
  page?: unknown;
  perPage?: unknown;
  hasMore?: unknown;
}

/** `X-Total-Count` and `Link` of an answer that is a page of a list; nothing for any other. */
export function listHeaders(url: string, answer: unknown): Record<string, string> {
  if (typeof answer !== "object" || answer === null) return {};
  const { pagination = answer } = answer as { pagination?: object | null };
  const { total, page, perPage, hasMore } = (pagination ?? {}) as Paging;
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
  const { pathname, searchParams } = new URL(url);
  const written = links.flatMap((link) => {
    if (!link) return [];
    const [number, relation] = link;
    const query = new URLSearchParams(searchParams);
    query.delete("offset");
    query.set("page", String(number));
    return `<${pathname}?${query}>; rel="${relation}"`;
  });
  return { ...counted, Link: written.join(", ") };
}
