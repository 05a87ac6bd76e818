import { Badge, Table, Text } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useRef } from "react";
import { StateBadge } from "../../../components/state-badge.tsx";
import { TextLink } from "../../../components/text-link.tsx";
import { duration } from "../../../components/time.tsx";
import { type Head, Heads, Spacer } from "../../../components/virtual-rows.tsx";
import type { SpanNode } from "../span-tree.ts";
import type { Pair } from "./align.ts";

const rowHeight = 32;
const heads: readonly Head[] = [
  { label: "Span", width: undefined },
  { label: "First", width: 120 },
  { label: "Second", width: 120 },
  { label: "Longer by", width: 120 },
  { label: "Ended", width: 200 },
];

/** Spans of two traces, those of the same place in one row. Only rows in sight are drawn. */
export function PairTable({ pairs }: { pairs: readonly Pair[] }) {
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: pairs.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const visible = virtual.getVirtualItems();
  const before = visible[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (visible.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what overflows.
    <section ref={frame} className="table-frame fill" aria-label="Spans of both" tabIndex={0}>
      <Table stickyHeader highlightOnHover verticalSpacing={0} miw={760} aria-rowcount={pairs.length + 1}>
        <Heads heads={heads} height={rowHeight} />
        <Table.Tbody>
          <Spacer height={before} columns={heads.length} />
          {visible.map(({ index }) => {
            const pair = pairs[index];
            return pair && <PairRow key={pair.id} pair={pair} index={index} />;
          })}
          <Spacer height={after} columns={heads.length} />
        </Table.Tbody>
      </Table>
    </section>
  );
}

const lengthOf = (node: SpanNode | undefined) => node && node.end - node.start;

function PairRow({ pair: { depth, a, b }, index }: { pair: Pair; index: number }) {
  const { span } = (a ?? b) as SpanNode;
  const [first, second] = [lengthOf(a), lengthOf(b)];
  const more = first !== undefined && second !== undefined ? second - first : undefined;
  return (
    <Table.Tr h={rowHeight} aria-rowindex={index + 2}>
      <Table.Td style={{ paddingLeft: 10 + Math.min(depth, 30) * 14 }}>
        {span.name || span.spanId}{" "}
        <Text span size="xs" c="dimmed">
          {span.spanType}
        </Text>
        {!a && (
          <Badge ml="xs" size="xs" variant="default">
            only in the second
          </Badge>
        )}
        {!b && (
          <Badge ml="xs" size="xs" variant="default">
            only in the first
          </Badge>
        )}
      </Table.Td>
      <Table.Td>{link(a)}</Table.Td>
      <Table.Td>{link(b)}</Table.Td>
      <Table.Td>{more === undefined ? "" : `${more < 0 ? "−" : "+"}${duration(Math.abs(more))}`}</Table.Td>
      <Table.Td>
        {a && b && a.span.status === b.span.status ? (
          <StateBadge state={a.span.status} />
        ) : (
          [a, b].map((node, side) => node && <StateBadge key={side === 0 ? "a" : "b"} state={node.span.status} />)
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function link(node: SpanNode | undefined) {
  if (!node) return "–";
  const { traceId, spanId } = node.span;
  const href = `/traces/${encodeURIComponent(traceId)}?span=${encodeURIComponent(spanId)}`;
  return <TextLink href={href}>{duration(node.end - node.start)}</TextLink>;
}
