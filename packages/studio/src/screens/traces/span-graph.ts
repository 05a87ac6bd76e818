import type { GraphEdge, GraphNode } from "../../components/graph/graph.ts";
import { duration } from "../../components/time.tsx";
import type { SpanNode, SpanTree } from "./span-tree.ts";

/** Boxes that a picture holds at most: more could not be read. */
const most = 150;

interface Kind {
  id: string;
  first: SpanNode;
  count: number;
  failed: number;
  milliseconds: number;
}

export interface SpanGraph {
  nodes: GraphNode[];
  edges: GraphEdge[];
  /** Spans of which each box stands for the first. */
  kindOf: ReadonlyMap<string, string>;
  /** Boxes that were left out. */
  omitted: number;
}

/** What called what: spans of one name and type as one box, with how many there are, and a line for who called them. */
export function spanGraphOf({ byId }: SpanTree): SpanGraph {
  const kinds = new Map<string, Kind>();
  const calls = new Map<string, { from: string; to: string; count: number }>();
  const ordered = [...byId.values()].sort((a, b) => a.start - b.start || a.depth - b.depth);
  for (const node of ordered) {
    const id = idOf(node);
    const kind = kinds.get(id) ?? { id, first: node, count: 0, failed: 0, milliseconds: 0 };
    kind.count++;
    kind.milliseconds += node.end - node.start;
    if (node.span.status === "error") kind.failed++;
    kinds.set(id, kind);
    const parent = byId.get(node.span.parentSpanId ?? "");
    if (!parent) continue;
    const key = JSON.stringify([idOf(parent), id]);
    const call = calls.get(key) ?? { from: idOf(parent), to: id, count: 0 };
    call.count++;
    calls.set(key, call);
  }
  const shown = [...kinds.values()].slice(0, most);
  const ids = new Set(shown.map(({ id }) => id));
  return {
    nodes: shown.map(({ first, count, failed, milliseconds }) => ({
      id: first.span.spanId,
      title: first.span.name || first.span.spanId,
      notes: [
        first.span.spanType,
        [count > 1 && `${count} times`, duration(milliseconds)].filter(Boolean).join(", "),
        ...(failed > 0 ? [`${failed} failed`] : []),
      ],
      state: failed > 0 ? "failed" : undefined,
    })),
    edges: [...calls.values()]
      .filter(({ from, to }) => ids.has(from) && ids.has(to))
      .map(({ from, to, count }) => ({
        from: kinds.get(from)?.first.span.spanId ?? "",
        to: kinds.get(to)?.first.span.spanId ?? "",
        ...(count > 1 && { label: `${count}` }),
      })),
    kindOf: new Map(ordered.map((node) => [node.span.spanId, kinds.get(idOf(node))?.first.span.spanId ?? ""])),
    omitted: kinds.size - shown.length,
  };
}

const idOf = ({ span }: SpanNode) => JSON.stringify([span.spanType, span.name]);
