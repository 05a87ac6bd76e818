import { Card, Group, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { curlOf } from "../../api/client.ts";
import { getTables, type TableShape, tablesPath } from "../../api/records.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { Screen } from "../../components/screen.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";

/** Every table of every domain, as it is stored. */
export function TableIndex() {
  const { data, error, refetch } = useQuery({ queryKey: ["tables"], queryFn: ({ signal }) => getTables(signal) });
  return (
    <Screen title="Data" scroll="page" actions={<CopyCurl curl={curlOf(tablesPath)} />}>
      <Text size="sm" c="dimmed">
        Records as they are stored, before a domain reads them. Nothing can be changed here: a change would pass by the
        rules that the domains keep.
      </Text>
      {error && <Failed what="the tables" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading rows={7} height={90} />}
      {data?.domains.length === 0 && (
        <Empty title="No domain of this storage shows its tables" help="Only stores of Stowage itself do." />
      )}
      {data?.domains.map(({ domain, tables }) => (
        <Card key={domain} withBorder padding="sm" component="section" aria-label={domain}>
          <Group justify="space-between">
            <Text fw={600} component="h2" size="md">
              {domain}
            </Text>
          </Group>
          <Tables domain={domain} tables={tables} />
        </Card>
      ))}
    </Screen>
  );
}

function Tables({ domain, tables }: { domain: string; tables: readonly TableShape[] }) {
  return (
    <Table fz="sm" verticalSpacing={2} aria-label={`Tables of ${domain}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Table</Table.Th>
          <Table.Th>Key</Table.Th>
          <Table.Th ta="right">Columns</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tables.map(({ name, key, columns }) => (
          <Table.Tr key={name}>
            <Table.Td>
              <TextLink href={`/data/${domain}/${encodeURIComponent(name)}`}>{name}</TextLink>
            </Table.Td>
            <Table.Td>{key.join(", ")}</Table.Td>
            <Table.Td ta="right">{columns.length}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
