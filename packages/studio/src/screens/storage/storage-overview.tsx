import { Button, Card, Group, Stack, Table, Text } from "@mantine/core";
import { IconActivity } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { curlOf } from "../../api/client.ts";
import { getStorage, type StorageDomainDescription, storagePath } from "../../api/system.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { bytes, JsonView } from "../../components/json-view.tsx";
import { Fold } from "../../components/message-parts/fold.tsx";
import { Screen } from "../../components/screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration, Time } from "../../components/time.tsx";
import { PruneButton } from "./prune-button.tsx";
import { RoutingPicture } from "./routing-picture.tsx";
import { SchemaButton } from "./schema-button.tsx";

const route = getRouteApi("/storage");

/** Who keeps each domain, where, how healthy it is, how much there is, and what the database lacks. */
export function StorageOverview() {
  const { domain } = route.useSearch();
  const { data, error, refetch, isFetching } = useQuery({
    queryKey: ["storage"],
    queryFn: ({ signal }) => getStorage(signal),
  });
  useEffect(() => {
    if (data && domain) document.getElementById(`domain-${domain}`)?.scrollIntoView();
  }, [data, domain]);
  return (
    <Screen
      title={data ? `Storage ${data.name}` : "Storage"}
      scroll="page"
      actions={
        <>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconActivity size={14} />}
            loading={isFetching}
            onClick={() => void refetch()}
          >
            Ping now
          </Button>
          <SchemaButton />
          <PruneButton domains={(data?.domains ?? []).flatMap(({ domain, adapter }) => (adapter ? [domain] : []))} />
          <CopyCurl curl={curlOf(storagePath)} />
        </>
      }
    >
      {error && <Failed what="the storage" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading rows={7} height={110} />}
      {data && <RoutingPicture domains={data.domains} />}
      {data?.domains.map((described) => (
        <DomainCard key={described.domain} {...described} />
      ))}
    </Screen>
  );
}

function DomainCard(described: StorageDomainDescription) {
  const {
    domain,
    health,
    adapter,
    engine,
    target,
    tables = [],
    missing = [],
    features = [],
    capabilities,
    retention,
    lastHour,
  } = described;
  return (
    <Card withBorder padding="sm" component="section" id={`domain-${domain}`} aria-label={domain}>
      <Group justify="space-between" mb="xs">
        <Group gap="xs">
          <Text fw={600} component="h2" size="md">
            {domain}
          </Text>
          <StateBadge state={health.status} />
          {health.milliseconds !== undefined && (
            <Text size="sm" c="dimmed">
              answered in {duration(health.milliseconds)}
            </Text>
          )}
          {lastHour && (
            <Text size="sm" c="dimmed">
              in the last hour {lastHour.calls.toLocaleString()} calls of this server, half within{" "}
              {duration(lastHour.p50)}, 95 % within {duration(lastHour.p95)}
              {lastHour.failures > 0 && `, ${lastHour.failures} failed`}
            </Text>
          )}
        </Group>
        {adapter && (
          <Text size="sm">
            {adapter} on {engine}
            {target && `, ${target}`}
          </Text>
        )}
      </Group>
      {health.status === "absent" && (
        <Text size="sm">
          This storage keeps no {domain}. A store for it among the domains of the storage object adds it.
        </Text>
      )}
      {tables.length > 0 && <Tables domain={domain} tables={tables} />}
      {adapter && (
        <Stack gap="xs" mt="sm">
          {retention && (
            <Fold title="Retention">
              <JsonView value={retention} label="Retention" />
            </Fold>
          )}
          {missing.length > 0 && (
            <Fold title="What this database lacks" note={String(missing.length)}>
              {missing.map(({ feature, reason }) => (
                <Text key={feature} size="sm">
                  <b>{feature}</b>: {reason}
                </Text>
              ))}
            </Fold>
          )}
          <Fold title="Capabilities">
            <JsonView value={{ ...capabilities, features }} label="Capabilities" />
          </Fold>
        </Stack>
      )}
    </Card>
  );
}

const precisely = { exact: "", at_least: "at least ", estimate: "about " };

function Tables({ domain, tables }: Required<Pick<StorageDomainDescription, "domain" | "tables">>) {
  return (
    <Table fz="sm" verticalSpacing={2} aria-label={`Tables of ${domain}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Table</Table.Th>
          <Table.Th ta="right">Rows</Table.Th>
          <Table.Th ta="right">Size</Table.Th>
          <Table.Th ta="right">In 24 hours</Table.Th>
          <Table.Th>Oldest</Table.Th>
          <Table.Th>Newest</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tables.map(({ name, rows, bytes: size, ages }) => (
          <Table.Tr key={name}>
            <Table.Td>
              <TextLink href={`/data/${domain}/${encodeURIComponent(name)}`}>{name}</TextLink>
            </Table.Td>
            <Table.Td ta="right">
              {rows ? `${precisely[rows.precision]}${rows.count.toLocaleString()}` : "not counted"}
            </Table.Td>
            <Table.Td ta="right">{size === undefined ? "–" : bytes(size)}</Table.Td>
            <Table.Td ta="right">{ages ? `+${ages.lastDay.toLocaleString()}` : "–"}</Table.Td>
            <Table.Td>
              <Time value={ages?.oldest} relative />
            </Table.Td>
            <Table.Td>
              <Time value={ages?.newest} relative />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
