import { Group, Paper, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getScorers } from "../../api/scores.ts";
import { TextLink } from "../../components/text-link.tsx";
import { ago } from "../../components/time.tsx";

const most = 6;

/** The scorers that scored last, each with its mean. */
export function ScorerCards() {
  const { data } = useQuery({ queryKey: ["scorers"], queryFn: ({ signal }) => getScorers(signal) });
  const latest = (data?.scorers ?? []).toSorted((a, b) => b.lastAt.localeCompare(a.lastAt)).slice(0, most);
  if (latest.length === 0) return null;
  return (
    <Group gap="xs" component="section" aria-label="Scorers">
      {latest.map(({ scorerId, count, average, lastAt }) => (
        <Paper key={scorerId} withBorder p="xs">
          <TextLink href={`/scorers/${encodeURIComponent(scorerId)}?kind=evaluation`}>{scorerId}</TextLink>
          <Text size="sm">
            mean <b>{Number(average.toPrecision(3))}</b> of {count.toLocaleString()}
          </Text>
          <Text size="xs" c="dimmed">
            {ago(new Date(lastAt))}
          </Text>
        </Paper>
      ))}
    </Group>
  );
}
