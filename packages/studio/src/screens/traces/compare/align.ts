import type { SpanNode, SpanTree } from "../span-tree.ts";

/** A span of one trace beside the span of another that has its place. One of them may be absent, never both. */
export interface Pair {
  /** One id of its own in the comparison. */
  id: string;
  depth: number;
  a: SpanNode | undefined;
  b: SpanNode | undefined;
}

/**
 * Two trees as one, in the order of the first: spans are the same when they stand below the same span, have one name and type,
 * and are the same in number among those. Nothing here calls itself, as a trace may be deep.
 */
export function align(a: SpanTree, b: SpanTree): Pair[] {
  const pairs: Pair[] = [];
  const pending = pairsOf(a.roots, b.roots, 0).reverse();
  for (let pair = pending.pop(); pair; pair = pending.pop()) {
    pairs.push(pair);
    pending.push(...pairsOf(pair.a?.children ?? [], pair.b?.children ?? [], pair.depth + 1).reverse());
  }
  return pairs;
}

/** A span of the second trace without a counterpart stands after the one before it that has one. */
function pairsOf(a: readonly SpanNode[], b: readonly SpanNode[], depth: number): Pair[] {
  const others = new Map(named(b));
  const own = named(a).map(([name, node]) => ({ node, other: others.get(name) }));
  const taken = new Set(own.map(({ other }) => other));
  const alone = new Map<SpanNode | undefined, Pair[]>();
  let before: SpanNode | undefined;
  for (const node of b) {
    if (taken.has(node)) before = node;
    else {
      const list = alone.get(before) ?? [];
      list.push(pairOf(undefined, node, depth));
      alone.set(before, list);
    }
  }
  return [
    ...(alone.get(undefined) ?? []),
    ...own.flatMap(({ node, other }) => [pairOf(node, other, depth), ...((other && alone.get(other)) ?? [])]),
  ];
}

const pairOf = (a: SpanNode | undefined, b: SpanNode | undefined, depth: number): Pair => ({
  id: `${a?.span.spanId ?? ""} ${b?.span.spanId ?? ""}`,
  depth,
  a,
  b,
});

/** Siblings by name, type, and how many of those there were before. */
function named(nodes: readonly SpanNode[]): [string, SpanNode][] {
  const seen = new Map<string, number>();
  return nodes.map((node) => {
    const name = JSON.stringify([node.span.spanType, node.span.name]);
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return [`${count} ${name}`, node];
  });
}

export interface Difference {
  both: number;
  onlyA: number;
  onlyB: number;
}

export function differenceOf(pairs: readonly Pair[]): Difference {
  const onlyA = pairs.filter(({ b }) => !b).length;
  const onlyB = pairs.filter(({ a }) => !a).length;
  return { both: pairs.length - onlyA - onlyB, onlyA, onlyB };
}
