import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { OverviewCard } from "./overview-card.tsx";

type Counts = Record<string, { running: number; suspended: number }>;

/** Workflows that wait for somebody, those with most suspended runs first. */
export function WaitingRuns() {
  const { data, error, refetch } = useQuery({
    queryKey: ["run-counts"],
    queryFn: ({ signal }) => request<Counts>("/workflows/run-counts", { signal }),
  });
  const waiting = Object.entries(data ?? {})
    .filter(([, { suspended }]) => suspended > 0)
    .sort(([, a], [, b]) => b.suspended - a.suspended)
    .slice(0, 5);
  return (
    <OverviewCard title="Suspended runs">
      {error && <Failed what="workflow runs" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading rows={3} />}
      {data && waiting.length === 0 && (
        <Text size="sm" c="dimmed">
          No run waits for anything.
        </Text>
      )}
      <Stack gap="xs">
        {waiting.map(([name, { suspended }]) => (
          <Text key={name} size="sm" component="div" truncate>
            <TextLink href={`/workflows/${encodeURIComponent(name)}/runs?status=suspended`}>{name}</TextLink>{" "}
            <StateBadge state="suspended" count={suspended} />
          </Text>
        ))}
      </Stack>
    </OverviewCard>
  );
}
