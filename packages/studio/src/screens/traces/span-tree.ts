import type { LightSpan } from "../../api/traces.ts";

export interface SpanNode {
  span: LightSpan;
  /** In the order of their start. */
  children: SpanNode[];
  depth: number;
  /** Milliseconds since 1970. */
  start: number;
  /** Of a span that runs: the latest moment known of the trace. */
  end: number;
  /** Milliseconds in which no child was at work. */
  self: number;
}

export interface SpanTree {
  roots: SpanNode[];
  byId: ReadonlyMap<string, SpanNode>;
  start: number;
  end: number;
}

/**
 * Spans as a tree. A span whose parent is not there stands at the top, and so does the first of spans that name each other as
 * parents. Nothing here calls itself: a trace may be as deep as it is long.
 */
export function treeOf(spans: readonly LightSpan[]): SpanTree {
  const starts = spans.map(({ startedAt }) => Date.parse(startedAt));
  const ends = spans.map(({ endedAt }) => (endedAt === null ? undefined : Date.parse(endedAt)));
  let [start, end] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [index, at] of starts.entries()) {
    start = Math.min(start, at);
    end = Math.max(end, ends[index] ?? at);
  }
  const byId = new Map<string, SpanNode>();
  for (const [index, span] of spans.entries()) {
    const from = starts[index] as number;
    const to = Math.max(ends[index] ?? end, from);
    byId.set(span.spanId, { span, children: [], depth: 0, start: from, end: to, self: 0 });
  }
  const roots: SpanNode[] = [];
  const parentOf = ({ span }: SpanNode) => byId.get(span.parentSpanId ?? "");
  for (const node of byId.values()) (parentOf(node)?.children ?? roots).push(node);
  const placed = new Set<SpanNode>();
  for (const root of roots) place(root, placed);
  for (const node of byId.values()) {
    // Only those are left that hang on a circle.
    if (placed.has(node)) continue;
    const siblings = parentOf(node)?.children ?? [];
    siblings.splice(siblings.indexOf(node), 1);
    roots.push(node);
    place(node, placed);
  }
  roots.sort((a, b) => a.start - b.start);
  return { roots, byId, start: spans.length > 0 ? start : 0, end: spans.length > 0 ? end : 0 };
}

/** Sets what follows from a span's place, for the span and all below it. */
function place(root: SpanNode, placed: Set<SpanNode>): void {
  const pending = [root];
  for (let node = pending.pop(); node; node = pending.pop()) {
    placed.add(node);
    node.children.sort((a, b) => a.start - b.start);
    node.self = selfTime(node);
    for (const child of node.children) {
      child.depth = node.depth + 1;
      pending.push(child);
    }
  }
}

/** The span's time less what its children cover; children that overlap count once. */
function selfTime({ start, end, children }: SpanNode): number {
  let covered = 0;
  let until = start;
  for (const child of children) {
    const from = Math.max(child.start, until);
    const to = Math.min(child.end, end);
    if (to <= from) continue;
    covered += to - from;
    until = to;
  }
  return end - start - covered;
}

export interface SpanFilter {
  /** Part of a name, in any case. */
  text?: string | undefined;
  type?: string | undefined;
}

/** The rows to draw, top down: nothing below a folded span, and with a filter only what matches and what stands above it. */
export function rowsOf(tree: SpanTree, folded: ReadonlySet<string>, filter: SpanFilter = {}): SpanNode[] {
  const kept = matching(tree, filter);
  const rows: SpanNode[] = [];
  const pending = tree.roots.toReversed();
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (kept && !kept.has(node)) continue;
    rows.push(node);
    if (folded.has(node.span.spanId)) continue;
    for (let index = node.children.length - 1; index >= 0; index--) pending.push(node.children[index] as SpanNode);
  }
  return rows;
}

/** What matches with its ancestors; `undefined` when nothing is asked. */
export function matching({ byId }: SpanTree, { text = "", type }: SpanFilter): Set<SpanNode> | undefined {
  if (text === "" && !type) return undefined;
  const wanted = text.toLowerCase();
  const kept = new Set<SpanNode>();
  for (const node of byId.values()) {
    const { name, entityName, spanType } = node.span;
    if (type && spanType !== type) continue;
    if (!`${name} ${entityName ?? ""} ${spanType}`.toLowerCase().includes(wanted)) continue;
    for (let at: SpanNode | undefined = node; at && !kept.has(at); at = byId.get(at.span.parentSpanId ?? "")) {
      kept.add(at);
    }
  }
  return kept;
}

/** The span to show first: of those that failed the one that did so first and deepest, else the first root. */
export function firstToShow({ byId, roots }: SpanTree): string | undefined {
  const failed = [...byId.values()].filter(({ span }) => span.status === "error");
  const leaves = failed.filter(({ children }) => !children.some(({ span }) => span.status === "error"));
  leaves.sort((a, b) => a.end - b.end);
  return (leaves[0] ?? roots[0])?.span.spanId;
}

export const typesOf = (spans: readonly LightSpan[]): string[] =>
  [...new Set(spans.map(({ spanType }) => spanType))].sort();
