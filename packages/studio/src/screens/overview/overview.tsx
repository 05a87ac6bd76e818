import { Card, Group, SimpleGrid, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { curlOf } from "../../api/client.ts";
import { getOverview, overviewPath } from "../../api/system.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { Screen } from "../../components/screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration } from "../../components/time.tsx";
import { HealthStrip } from "./health-strip.tsx";
import { NewestErrors } from "./newest-errors.tsx";
import { WaitingRuns } from "./waiting-runs.tsx";

/** How much of everything there is, and what wants attention. Each number leads to the list that makes it. */
export function Overview() {
  const { data, error, refetch } = useQuery({ queryKey: ["overview"], queryFn: ({ signal }) => getOverview(signal) });
  return (
    <Screen title="Overview" scroll="page" actions={<CopyCurl curl={curlOf(overviewPath)} />}>
      <HealthStrip />
      {error && <Failed what="the totals" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading rows={3} height={90} />}
      {data && <Cards {...data.domains} />}
      <SimpleGrid cols={{ base: 1, md: 2 }}>
        <NewestErrors />
        <WaitingRuns />
      </SimpleGrid>
    </Screen>
  );
}

type Domains = Awaited<ReturnType<typeof getOverview>>["domains"];

function Cards({ memory, workflows, observability, agents, datasets, experiments }: Domains) {
  const figures = observability?.lastDay.figures;
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 4 }}>
      <Figure label="Threads" value={memory?.threads} href="/threads" domain="memory" />
      <Figure label="Traces" value={observability?.traces} href="/traces" domain="observability">
        {observability && (
          <Text size="xs" c="dimmed">
            {observability.lastDay.traces} in 24 h · {observability.lastWeek.traces} in 7 d ·{" "}
            {observability.lastMonth.traces} in 30 d
          </Text>
        )}
      </Figure>
      <Figure
        label="Traces with an error, 24 h"
        value={observability?.lastDay.errors}
        href="/traces?status=error"
        domain="observability"
      >
        {observability && observability.lastDay.traces > 0 && (
          <Text size="xs" c="dimmed">
            {((100 * observability.lastDay.errors) / observability.lastDay.traces).toFixed(1)} % of all
          </Text>
        )}
      </Figure>
      <Figure
        label="Duration of traces, 24 h"
        value={figures && duration(figures["duration.p50"])}
        href="/traces"
        domain="observability"
      >
        {figures && (
          <Text size="xs" c="dimmed">
            half of them; 95 % within {duration(figures["duration.p95"])}
          </Text>
        )}
      </Figure>
      <Figure label="Workflow runs" value={workflows?.runs} href="/workflows" domain="workflows">
        <Group gap={4}>
          {Object.entries(workflows?.byStatus ?? {}).map(([state, count]) => (
            <StateBadge key={state} state={state} count={count} />
          ))}
        </Group>
      </Figure>
      <Figure label="Agents" value={agents?.agents} href="/agents" domain="agents" />
      <Figure label="Datasets" value={datasets?.datasets} href="/datasets" domain="datasets" />
      <Figure label="Experiments" value={experiments?.experiments} href="/experiments" domain="experiments" />
    </SimpleGrid>
  );
}

interface FigureProps {
  label: string;
  /** `null` and `undefined`: not known. */
  value: number | string | null | undefined;
  href: string;
  domain: string;
  children?: ReactNode;
}

function Figure({ label, value, href, domain, children }: FigureProps) {
  const isKnown = value !== null && value !== undefined;
  return (
    <Card withBorder padding="sm">
      <Stack gap={4}>
        <Text size="sm" c="dimmed">
          {label}
        </Text>
        {isKnown ? (
          <TextLink href={href} fz="xl" fw={700}>
            {value.toLocaleString()}
          </TextLink>
        ) : (
          <Text size="sm">Not kept, or it did not answer: see {<TextLink href="/storage">{domain}</TextLink>}</Text>
        )}
        {children}
      </Stack>
    </Card>
  );
}
