import { Card, Group, Stack, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import type { StorageDomainDescription } from "../../api/system.ts";
import { bytes } from "../../components/json-view.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { placesOf, sizeOf } from "./places.ts";

/** Which domain stands on which database: a line for each database, its domains before it. */
export function RoutingPicture({ domains }: { domains: readonly StorageDomainDescription[] }) {
  return (
    <Card withBorder padding="sm" component="section" aria-label="Routing">
      <Text fw={600} component="h2" size="md" mb="xs">
        Who keeps what
      </Text>
      <Stack gap="sm">
        {placesOf(domains).map((place) => (
          <Group key={`${place.name} ${place.target}`} gap="sm" wrap="nowrap" align="center">
            <Stack gap={4} w={220}>
              {place.domains.map(({ domain, health }) => (
                <Group key={domain} gap="xs" justify="space-between" wrap="nowrap">
                  <TextLink href={`/storage?domain=${domain}`}>{domain}</TextLink>
                  <StateBadge state={health.status} />
                </Group>
              ))}
            </Stack>
            <IconArrowRight size={18} aria-label="kept by" />
            <Card withBorder padding="xs">
              <Text size="sm" fw={600}>
                {place.name}
              </Text>
              {place.target && (
                <Text size="xs" c="dimmed">
                  {place.target}
                </Text>
              )}
              <Size bytes={sizeOf(place)} />
            </Card>
          </Group>
        ))}
      </Stack>
    </Card>
  );
}

function Size({ bytes: size }: { bytes: number | undefined }) {
  if (size === undefined) return null;
  return (
    <Text size="xs" c="dimmed">
      {bytes(size)}
    </Text>
  );
}
