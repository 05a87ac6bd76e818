import { Graph, layout } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode } from "./graph.ts";

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Pixels of a box: one line for the title, one for each note. */
export const sizeOf = ({ notes = [], isJoint }: GraphNode) =>
  isJoint ? { width: 16, height: 16 } : { width: 200, height: 30 + notes.length * 18 };

/** Where each box stands, its upper left corner, when lines lead downwards. */
export function placesOf(nodes: readonly GraphNode[], edges: readonly GraphEdge[]): Map<string, Box> {
  const graph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: 24, ranksep: 36 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of nodes) graph.setNode(node.id, sizeOf(node));
  for (const { from, to } of edges) if (from !== to) graph.setEdge(from, to);
  layout(graph);
  return new Map(
    nodes.map((node) => {
      const { width, height } = sizeOf(node);
      const { x = 0, y = 0 } = graph.node(node.id) as { x?: number; y?: number };
      return [node.id, { x: x - width / 2, y: y - height / 2, width, height }];
    }),
  );
}
