import { UnstyledButton } from "@mantine/core";
import { useElementSize, useMergedRef } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useMemo, useRef } from "react";
import { duration } from "../../components/time.tsx";
import { drawnOf, lanesOf } from "./lanes.ts";
import { colorOf } from "./span-colors.ts";
import type { SpanNode, SpanTree } from "./span-tree.ts";
import { momentsOf, type TimeWindow } from "./time-window.ts";
import "./flame.css";

const laneHeight = 20;

interface FlameProps {
  tree: SpanTree;
  window: TimeWindow;
  /** What a filter lets through; `undefined` without one. */
  matching: ReadonlySet<SpanNode> | undefined;
  /** Spans to stand out; `undefined` when none shall. */
  critical: ReadonlyMap<string, number> | undefined;
  selected: string | undefined;
  onSelect: (spanId: string) => void;
}

/** Spans as bars below those that called them. Arrow keys go to the caller, the first called, and what stands beside. */
export function Flame({ tree, window, matching, critical, selected, onSelect }: FlameProps) {
  const frame = useRef<HTMLDivElement>(null);
  const { ref: sized, width } = useElementSize();
  const lanes = useMemo(() => lanesOf(tree), [tree]);
  const virtual = useVirtualizer({
    count: lanes.length,
    getScrollElement: () => frame.current,
    estimateSize: () => laneHeight,
    overscan: 4,
  });
  const at = lanes.findIndex((lane) => lane.some(({ span }) => span.spanId === selected));
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [at, virtual]);

  const pressed = (event: KeyboardEvent) => {
    const next = neighbourOf(tree, selected, event.key);
    if (!next) return;
    onSelect(next.span.spanId);
    event.preventDefault();
  };
  const shown = momentsOf(tree, window);
  const percent = (moment: number) => ((moment - shown.start) / (shown.end - shown.start)) * 100;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for a form.
    <div
      ref={useMergedRef(frame, sized)}
      className="flame fill"
      role="group"
      aria-label="Spans as a flame chart"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: keys go through the bars.
      tabIndex={0}
      onKeyDown={pressed}
    >
      <div style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start: top }) =>
          drawnOf(lanes[index] ?? [], shown, width, selected).map((node) => {
            const { span, start, end } = node;
            const left = Math.max(percent(start), 0);
            const length = Math.min(percent(end), 100) - left;
            const isNarrow = (length / 100) * width < 30;
            const isFaded = (matching && !matching.has(node)) || (critical && !critical.has(span.spanId));
            return (
              <UnstyledButton
                key={span.spanId}
                className="flame-bar"
                tabIndex={-1}
                title={`${span.name || span.spanId}, ${span.spanType}, ${duration(end - start)}`}
                aria-label={`${span.name || span.spanId}, ${duration(end - start)}`}
                aria-pressed={span.spanId === selected}
                data-active={span.spanId === selected || undefined}
                data-status={span.status}
                data-faded={isFaded || undefined}
                data-narrow={isNarrow || undefined}
                style={{
                  top,
                  left: `${left}%`,
                  width: `max(2px, ${length}%)`,
                  ...(!isFaded && { background: colorOf(span.spanType, 3) }),
                }}
                onClick={() => onSelect(span.spanId)}
              >
                {isNarrow ? "" : span.name || span.spanId}
              </UnstyledButton>
            );
          }),
        )}
      </div>
    </div>
  );
}

function neighbourOf(tree: SpanTree, selected: string | undefined, key: string): SpanNode | undefined {
  const node = tree.byId.get(selected ?? "");
  if (!node) return key.startsWith("Arrow") ? tree.roots[0] : undefined;
  const parent = tree.byId.get(node.span.parentSpanId ?? "");
  const beside = parent?.children.includes(node) ? parent.children : tree.roots;
  const place = beside.indexOf(node);
  switch (key) {
    case "ArrowUp":
    case "k":
      return parent;
    case "ArrowDown":
    case "j":
      return node.children[0];
    case "ArrowLeft":
      return beside[place - 1];
    case "ArrowRight":
      return beside[place + 1];
    default:
      return undefined;
  }
}
