import { Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getHealth } from "../../api/system.ts";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration } from "../../components/time.tsx";

/** Each domain: up or not, and how long its cheapest read took just now. */
export function HealthStrip() {
  const { data, error, refetch } = useQuery({ queryKey: ["health"], queryFn: ({ signal }) => getHealth(signal) });
  if (error) return <Failed what="the health of the storage" error={error} retry={() => void refetch()} />;
  return (
    <Group gap="md" mih={22} component="section" aria-label="Health of the storage">
      {Object.entries(data?.domains ?? {}).map(([domain, { status, milliseconds }]) => (
        <Group key={domain} gap={6}>
          <TextLink href={`/storage?domain=${domain}`}>{domain}</TextLink>
          <StateBadge state={status} />
          {milliseconds !== undefined && (
            <Text size="xs" c="dimmed">
              {duration(milliseconds)}
            </Text>
          )}
        </Group>
      ))}
    </Group>
  );
}
