import { ActionIcon, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconAlertCircle, IconChevronDown, IconChevronRight, IconLoader2 } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef } from "react";
import type { CallUsage } from "../../api/traces.ts";
import { duration } from "../../components/time.tsx";
import { type Head, Heads, Spacer } from "../../components/virtual-rows.tsx";
import { money, tokens } from "./figures.ts";
import { colorOf } from "./span-colors.ts";
import type { SpanNode, SpanTree } from "./span-tree.ts";
import { momentsOf, type TimeWindow } from "./time-window.ts";
import "./waterfall.css";

interface WaterfallProps {
  tree: SpanTree;
  rows: readonly SpanNode[];
  calls: ReadonlyMap<string, CallUsage>;
  folded: ReadonlySet<string>;
  window: TimeWindow;
  /** Spans to stand out; `undefined` when none shall. */
  critical: ReadonlyMap<string, number> | undefined;
  selected: string | undefined;
  onFold: (spanId: string, isFolded: boolean) => void;
  onSelect: (spanId: string) => void;
}

const rowHeight = 28;
const heads: readonly Head[] = [
  { label: "Span", width: 290 },
  { label: "Duration", width: 86 },
  { label: "Time", width: undefined },
  { label: "Self", width: 84 },
  { label: "Tokens", width: 110 },
  { label: "Cost", width: 80 },
];
const rowId = (spanId: string) => `span-${spanId}`;

/** Spans as a tree beside their place in time. Only rows in sight are drawn, so that the longest trace stays quick. */
export function Waterfall(props: WaterfallProps) {
  const { tree, rows, calls, folded, window, critical, selected, onFold, onSelect } = props;
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 20,
  });
  const at = rows.findIndex(({ span }) => span.spanId === selected);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [at, virtual]);

  const go = (index: number) => {
    const node = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (node) onSelect(node.span.spanId);
  };
  const pressed = (event: KeyboardEvent) => {
    const node = rows[at];
    const isFolded = node !== undefined && folded.has(node.span.spanId);
    switch (event.key) {
      case "ArrowDown":
      case "j":
        go(at + 1);
        break;
      case "ArrowUp":
      case "k":
        go(at - 1);
        break;
      case "Home":
        go(0);
        break;
      case "End":
        go(rows.length - 1);
        break;
      case "ArrowRight":
        if (node?.children.length && isFolded) onFold(node.span.spanId, false);
        else if (node?.children.length) go(at + 1);
        break;
      case "ArrowLeft":
        if (node?.children.length && !isFolded) onFold(node.span.spanId, true);
        else if (node?.span.parentSpanId && tree.byId.has(node.span.parentSpanId)) onSelect(node.span.parentSpanId);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  const shown = momentsOf(tree, window);
  const percent = (moment: number) =>
    Math.min(Math.max(((moment - shown.start) / (shown.end - shown.start)) * 100, 0), 100);
  const visible = virtual.getVirtualItems();
  const before = visible[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    <div ref={frame} className="table-frame fill">
      <Table
        className="waterfall"
        role="treegrid"
        aria-label="Spans"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={at >= 0 ? rowId(selected ?? "") : undefined}
        tabIndex={0}
        onKeyDown={pressed}
        stickyHeader
        highlightOnHover
        verticalSpacing={0}
      >
        <Heads heads={heads} height={rowHeight} />
        <Table.Tbody>
          <Spacer height={before} columns={heads.length} />
          {visible.map(({ index }) => {
            const node = rows[index];
            if (!node) return null;
            return (
              <Row
                key={node.span.spanId}
                node={node}
                index={index}
                from={percent(node.start)}
                to={percent(node.end)}
                isInSight={node.end >= shown.start && node.start <= shown.end}
                isCritical={critical?.has(node.span.spanId)}
                call={calls.get(node.span.spanId)}
                isFolded={folded.has(node.span.spanId)}
                isSelected={index === at}
                onFold={onFold}
                onSelect={onSelect}
              />
            );
          })}
          <Spacer height={after} columns={heads.length} />
        </Table.Tbody>
      </Table>
    </div>
  );
}

interface RowProps {
  node: SpanNode;
  index: number;
  /** Percent of the time that is shown. */
  from: number;
  to: number;
  isInSight: boolean;
  /** `undefined` when no span is to stand out. */
  isCritical: boolean | undefined;
  call: CallUsage | undefined;
  isFolded: boolean;
  isSelected: boolean;
  onFold: WaterfallProps["onFold"];
  onSelect: WaterfallProps["onSelect"];
}

function Row(props: RowProps) {
  const { node, index, from, to, isInSight, isCritical, call, isFolded, isSelected, onFold, onSelect } = props;
  const { span, depth, children, self, start, end } = node;
  const { spanId, name, spanType, status } = span;
  const hasChildren = children.length > 0;
  const Chevron = isFolded ? IconChevronRight : IconChevronDown;
  return (
    <Table.Tr
      id={rowId(spanId)}
      h={rowHeight}
      aria-level={depth + 1}
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      aria-expanded={hasChildren ? !isFolded : undefined}
      data-active={isSelected || undefined}
      data-open
      onClick={() => onSelect(spanId)}
    >
      <Table.Td>
        <span className="waterfall-name" style={{ paddingLeft: Math.min(depth, 30) * 14 }}>
          {hasChildren ? (
            <ActionIcon
              size="xs"
              variant="subtle"
              color="gray"
              tabIndex={-1}
              aria-label={isFolded ? `Unfold ${name}` : `Fold ${name}`}
              onClick={(event) => {
                event.stopPropagation();
                onFold(spanId, !isFolded);
              }}
            >
              <Chevron size={12} />
            </ActionIcon>
          ) : (
            <span style={{ width: 18, flexShrink: 0 }} />
          )}
          {status === "error" && <IconAlertCircle size={14} color="var(--mantine-color-red-6)" aria-label="failed" />}
          {status === "running" && <IconLoader2 size={14} aria-label="running" />}
          <span className="waterfall-title">{name || spanId}</span>
          <Text span size="xs" c="dimmed">
            {spanType}
          </Text>
        </span>
      </Table.Td>
      <Table.Td ta="right">
        {span.isEvent ? "event" : status === "running" ? "running" : duration(end - start)}
      </Table.Td>
      <Table.Td className="waterfall-time">
        {isInSight && (
          <span
            className="waterfall-bar"
            data-status={status}
            data-critical={isCritical}
            style={{ left: `${from}%`, width: `${to - from}%`, background: colorOf(spanType) }}
          />
        )}
        {isCritical && <VisuallyHidden>on the critical path</VisuallyHidden>}
      </Table.Td>
      <Table.Td ta="right">{hasChildren ? duration(self) : ""}</Table.Td>
      <Table.Td ta="right">{call ? tokens(call.usage) : ""}</Table.Td>
      <Table.Td ta="right">{call?.cost ? money(call.cost) : ""}</Table.Td>
    </Table.Tr>
  );
}
