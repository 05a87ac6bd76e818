import { Text, UnstyledButton } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { getTrace } from "../../api/traces.ts";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";
import { entriesOf } from "./log-entries.ts";
import { getLogs } from "./span-logs.ts";
import "./trace-log.css";

interface TraceLogProps {
  traceId: string;
  /** Spans that a filter lets through; `undefined` without one. */
  spanIds: ReadonlySet<string> | undefined;
  selected: string | undefined;
  onSelect: (spanId: string) => void;
}

/** Everything in a trace that can be read, in order. The payloads of all its spans are fetched for it. */
export function TraceLog({ traceId, spanIds, selected, onSelect }: TraceLogProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ["trace-log", traceId],
    queryFn: async ({ signal }) => {
      const [{ spans }, logs] = await Promise.all([getTrace(traceId, signal), getLogs({ traceId }, signal)]);
      return entriesOf(spans, logs);
    },
  });
  const entries = useMemo(
    () => (data ?? []).filter(({ spanId }) => spanIds === undefined || spanIds.has(spanId)),
    [data, spanIds],
  );
  const frame = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: () => frame.current,
    estimateSize: () => 64,
    overscan: 10,
  });
  if (error) return <Failed what="the log of the trace" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={8} />;
  if (entries.length === 0) return <Empty title="Nothing in this trace can be read" />;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what overflows.
    <section ref={frame} className="trace-log fill" aria-label="Log" tabIndex={0}>
      <ol style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const entry = entries[index];
          if (!entry) return null;
          const { key, at, spanId, name, kind, text } = entry;
          return (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              data-active={spanId === selected || undefined}
              style={{ transform: `translateY(${start}px)` }}
            >
              <UnstyledButton fz="xs" onClick={() => onSelect(spanId)} disabled={spanId === ""}>
                <b>{name}</b> {kind} <Time value={at} />
              </UnstyledButton>
              <Text size="sm" lineClamp={8} className="trace-log-text">
                {text}
              </Text>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
