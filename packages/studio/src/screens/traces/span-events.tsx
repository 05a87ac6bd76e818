import { Stack, Text, Timeline } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Span } from "../../api/traces.ts";
import { JsonView } from "../../components/json-view.tsx";
import { Time } from "../../components/time.tsx";
import { Nothing } from "./nothing.tsx";
import { getLogs } from "./span-logs.ts";

interface Entry {
  at: string;
  title: string;
  data: unknown;
}

/** What happened within a span, in order: its own events and the logs that name it. */
export function SpanEvents({ span }: { span: Span }) {
  const { traceId, spanId } = span;
  const { data: logs = [] } = useQuery({
    queryKey: ["span-logs", traceId, spanId],
    queryFn: ({ signal }) => getLogs({ traceId, spanId }, signal),
  });
  const entries: Entry[] = [
    ...eventsOf(span),
    ...logs.map(({ timestamp, level, message, data }) => ({ at: timestamp, title: `${level}: ${message}`, data })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  if (entries.length === 0) return <Nothing>Nothing was noted within this span.</Nothing>;
  return (
    <Timeline bulletSize={12} lineWidth={2}>
      {entries.map(({ at, title, data }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events keep their place.
        <Timeline.Item key={index} title={<Text size="sm">{title}</Text>}>
          <Stack gap={4}>
            <Text size="xs" c="dimmed" component="div">
              <Time value={at} />
            </Text>
            {data != null && <JsonView value={data} label={title} />}
          </Stack>
        </Timeline.Item>
      ))}
    </Timeline>
  );
}

function eventsOf({ otel }: Span): Entry[] {
  const events = (otel?.events ?? []) as { name?: string; timeUnixNano?: string; attributes?: unknown }[];
  return events.map(({ name = "event", timeUnixNano = "0", attributes }) => ({
    at: new Date(Number(BigInt(timeUnixNano) / 1_000_000n)).toISOString(),
    title: name,
    data: attributes,
  }));
}
