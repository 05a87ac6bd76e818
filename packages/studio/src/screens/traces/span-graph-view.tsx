import { Stack, Text } from "@mantine/core";
import { useMemo } from "react";
import { Graph } from "../../components/graph/graph-view.tsx";
import { spanGraphOf } from "./span-graph.ts";
import type { SpanTree } from "./span-tree.ts";

interface SpanGraphViewProps {
  tree: SpanTree;
  selected: string | undefined;
  onSelect: (spanId: string) => void;
}

/** What called what in a trace, as a picture. A box selects the first of its spans. */
export function SpanGraphView({ tree, selected, onSelect }: SpanGraphViewProps) {
  const { nodes, edges, kindOf, omitted } = useMemo(() => spanGraphOf(tree), [tree]);
  return (
    <Stack gap="xs" className="fill">
      {omitted > 0 && (
        <Text size="sm" c="dimmed" role="status">
          {omitted.toLocaleString()} kinds of spans that began later are left out of the picture.
        </Text>
      )}
      <Graph
        label="What called what"
        nodes={nodes}
        edges={edges}
        selected={kindOf.get(selected ?? "")}
        onSelect={onSelect}
      />
    </Stack>
  );
}
