import { Group, Paper, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request } from "../../../api/client.ts";
import { type LightSpan, type TraceUsage, tracesPath } from "../../../api/traces.ts";
import { StateBadge } from "../../../components/state-badge.tsx";
import { TextLink } from "../../../components/text-link.tsx";
import { duration, Time } from "../../../components/time.tsx";
import { money, tokens } from "../figures.ts";
import { treeOf } from "../span-tree.ts";

interface TraceChoiceProps {
  label: string;
  traceId: string | undefined;
  trace: { spans: LightSpan[]; usage: TraceUsage["usage"] } | undefined;
  onChange: (traceId: string) => void;
}

/** One side of a comparison: which trace it is, chosen among the newest, and what it took. */
export function TraceChoice({ label, traceId, trace, onChange }: TraceChoiceProps) {
  const { data: newest = [] } = useQuery({
    queryKey: ["newest-traces"],
    queryFn: async ({ signal }) =>
      (await request<{ spans: LightSpan[] }>(tracesPath, { query: { perPage: 100 }, signal })).spans,
  });
  const options = newest.map((row) => ({ value: row.traceId, label: `${row.name || row.traceId}, ${row.startedAt}` }));
  const isListed = options.some(({ value }) => value === traceId);
  const tree = trace && treeOf(trace.spans);
  const root = tree?.roots[0]?.span;
  return (
    <Paper withBorder p="xs" component="section" aria-label={`${label} trace`}>
      <Select
        size="xs"
        label={`${label} trace`}
        placeholder="Choose one of the newest traces"
        data={traceId && !isListed ? [{ value: traceId, label: traceId }, ...options] : options}
        value={traceId ?? null}
        onChange={(next) => next && onChange(next)}
        searchable
      />
      {tree && root && (
        <Group gap="sm" mt="xs">
          <StateBadge state={root.status} />
          <TextLink href={`/traces/${encodeURIComponent(root.traceId)}`}>{root.name || root.traceId}</TextLink>
          <Text size="sm" component="div">
            <Time value={root.startedAt} />
          </Text>
          <Text size="sm">{duration(tree.end - tree.start)}</Text>
          <Text size="sm">{trace.spans.length.toLocaleString()} spans</Text>
          {trace.usage && <Text size="sm">{tokens(trace.usage)} tokens</Text>}
          {trace.usage && <Text size="sm">{money(trace.usage)}</Text>}
        </Group>
      )}
    </Paper>
  );
}
