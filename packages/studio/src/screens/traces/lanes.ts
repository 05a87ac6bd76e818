import type { SpanNode, SpanTree } from "./span-tree.ts";

/** Spans in rows of a flame chart: each below its parent, and beside no other that it overlaps. Rows are in the order of time. */
export function lanesOf({ byId }: SpanTree): SpanNode[][] {
  const nodes = [...byId.values()].sort((a, b) => a.start - b.start || a.depth - b.depth || b.end - a.end);
  const lanes: SpanNode[][] = [];
  const laneOf = new Map<string, number>();
  for (const node of nodes) {
    const above = laneOf.get(node.span.parentSpanId ?? "");
    let lane = above === undefined ? 0 : above + 1;
    while ((lanes[lane]?.at(-1)?.end ?? Number.NEGATIVE_INFINITY) > node.start) lane++;
    laneOf.set(node.span.spanId, lane);
    let row = lanes[lane];
    if (!row) {
      row = [];
      lanes[lane] = row;
    }
    row.push(node);
  }
  return Array.from(lanes, (row) => row ?? []);
}

/** What of a row is drawn: spans within the window, without those too narrow to be told from the one before; the selected always. */
export function drawnOf(
  row: readonly SpanNode[],
  { start, end }: { start: number; end: number },
  pixels: number,
  selected?: string,
): SpanNode[] {
  const least = (end - start) / Math.max(pixels, 1);
  const drawn: SpanNode[] = [];
  let until = Number.NEGATIVE_INFINITY;
  for (const node of row) {
    if (node.end < start || node.start > end) continue;
    if (node.end < until + least && node.span.spanId !== selected) continue;
    drawn.push(node);
    until = Math.max(node.end, node.start + least);
  }
  return drawn;
}
