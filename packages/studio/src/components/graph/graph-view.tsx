import "@xyflow/react/dist/style.css";
import { UnstyledButton, useComputedColorScheme } from "@mantine/core";
import {
  Controls,
  type Edge,
  Handle,
  MarkerType,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  ReactFlowProvider,
} from "@xyflow/react";
import { useMemo } from "react";
import type { GraphEdge, GraphNode } from "./graph.ts";
import { placesOf } from "./layout.ts";
import "./graph-view.css";

interface GraphProps {
  label: string;
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
  selected?: string | undefined;
  onSelect: (id: string) => void;
}

type BoxNode = Node<{ node: GraphNode; isSelected: boolean }, "box">;

/** Boxes and the lines between them, laid out from above downwards. It is dragged, and grows by its buttons; a box is a button. */
export function Graph({ label, nodes, edges, selected, onSelect }: GraphProps) {
  const scheme = useComputedColorScheme();
  const places = useMemo(() => placesOf(nodes, edges), [nodes, edges]);
  const boxes = nodes.map((node): BoxNode => {
    const { x = 0, y = 0, width = 0, height = 0 } = places.get(node.id) ?? {};
    return {
      id: node.id,
      type: "box",
      position: { x, y },
      width,
      height,
      data: { node, isSelected: node.id === selected },
    };
  });
  const lines = edges.map(
    ({ from, to, label, isBack }): Edge => ({
      id: JSON.stringify([from, to]),
      source: from,
      target: to,
      type: isBack ? "default" : "smoothstep",
      ...(label !== undefined && { label }),
      ...(isBack && { style: { strokeDasharray: "4 3" } }),
      markerEnd: { type: MarkerType.ArrowClosed },
    }),
  );
  return (
    <section className="graph fill" aria-label={label}>
      {/* The library takes the height of what it stands in, which must be known. */}
      <div className="graph-canvas">
        <ReactFlowProvider>
          <ReactFlow
            nodes={boxes}
            edges={lines}
            nodeTypes={nodeTypes}
            colorMode={scheme}
            fitView
            fitViewOptions={{ maxZoom: 1, padding: 0.1 }}
            minZoom={0.1}
            nodesDraggable={false}
            nodesConnectable={false}
            nodesFocusable={false}
            edgesFocusable={false}
            elementsSelectable={false}
            // Without a listener of its own a box would let clicks through. Keys on its button arrive here as well.
            onNodeClick={(_, { id, data }) => {
              if (!data.node.isJoint) onSelect(id);
            }}
            // The page is scrolled over the picture; its buttons make it larger.
            zoomOnScroll={false}
            preventScrolling={false}
          >
            <Controls showInteractive={false} />
          </ReactFlow>
        </ReactFlowProvider>
      </div>
    </section>
  );
}

function Box({ data: { node, isSelected } }: NodeProps<BoxNode>) {
  const { title, notes = [], state, isJoint } = node;
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {isJoint ? (
        <span className="graph-joint" title={title} />
      ) : (
        <UnstyledButton
          className="graph-box nopan"
          data-state={state}
          data-active={isSelected || undefined}
          aria-pressed={isSelected}
          title={title}
        >
          <span className="graph-title">{title}</span>
          {notes.map((note) => (
            <span key={note} className="graph-note">
              {note}
            </span>
          ))}
        </UnstyledButton>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

const nodeTypes = { box: Box };
