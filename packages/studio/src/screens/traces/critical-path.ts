import type { SpanNode, SpanTree } from "./span-tree.ts";

/**
 * The spans that the trace's end waited for, each with the milliseconds it added: going back from the end of a span, the child
 * that ended last was waited for, before it the child that ended last before that one began, and between them the span itself was
 * at work. Nothing here calls itself, as a trace may be deep.
 */
export function criticalPathOf({ roots }: SpanTree): ReadonlyMap<string, number> {
  const path = new Map<string, number>();
  const last = roots.reduce<SpanNode | undefined>(
    (found, root) => (found && found.end >= root.end ? found : root),
    undefined,
  );
  const pending: { node: SpanNode; until: number }[] = last ? [{ node: last, until: last.end }] : [];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, until } = next;
    let at = until;
    let own = 0;
    for (const child of node.children.toSorted((a, b) => b.end - a.end)) {
      // A child that outlives its parent was not waited for beyond the parent's end.
      const end = Math.min(child.end, until);
      if (end > at || child.start >= end) continue;
      own += at - end;
      at = Math.max(child.start, node.start);
      pending.push({ node: child, until: end });
    }
    path.set(node.span.spanId, own + Math.max(0, at - node.start));
  }
  return path;
}
