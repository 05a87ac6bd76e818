import { Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconEraser } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { countPrunable, type PrunedTable, type PruneRequest, prune } from "../../api/system.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { confirm } from "../../components/confirm.tsx";
import { Failed } from "../../components/states.tsx";

/** Counts what would go by age before anything goes. */
export function PruneButton({ domains }: { domains: readonly string[] }) {
  const open = () =>
    modals.open({
      title: "What would go by age",
      closeButtonProps: { "aria-label": "Close" },
      children: <Preview domains={domains} />,
    });
  return (
    <Button variant="default" size="xs" leftSection={<IconEraser size={14} />} onClick={open}>
      Prune preview
    </Button>
  );
}

function Preview({ domains }: { domains: readonly string[] }) {
  const [age, setAge] = useState("");
  const [domain, setDomain] = useState<string | null>(null);
  const queries = useQueryClient();
  const isReadOnly = useReadOnly();
  const olderThan = age.trim();
  const asked: PruneRequest = olderThan ? { olderThan, ...(domain !== null && { domain }) } : {};
  const { data, error, isPending, mutate, variables } = useMutation({ mutationFn: countPrunable });
  const isCurrent = data && variables && JSON.stringify(variables) === JSON.stringify(asked);
  const sum = data?.results.reduce((rows, { deleted }) => rows + deleted, 0) ?? 0;
  const rows = `${sum.toLocaleString()} ${sum === 1 ? "row" : "rows"}`;
  const remove = () => {
    modals.closeAll();
    confirm({
      title: `Remove ${rows}?`,
      text: `This removes ${rows} ${olderThan ? `older than ${olderThan}` : "that the storage's retention lets go"}${asked.domain ? ` of ${asked.domain}` : ""}. It cannot be undone. What does not fit the time of a request is left for the next one.`,
      verb: `Remove ${rows}`,
      typed: `remove ${sum}`,
      run: () => prune(asked),
      done: "What was that old is gone",
      after: () => void queries.invalidateQueries(),
    });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        mutate(asked);
      }}
    >
      <Stack>
        <Group align="end">
          <TextInput
            data-autofocus
            label="Older than"
            placeholder="90d; empty: the storage's own retention"
            value={age}
            onChange={({ currentTarget }) => setAge(currentTarget.value)}
          />
          <Select
            label="Domain"
            placeholder="every one"
            clearable
            clearButtonProps={{ "aria-label": "Every domain" }}
            data={[...domains]}
            value={domain}
            disabled={!olderThan}
            onChange={setDomain}
          />
          <Button type="submit" variant="default" loading={isPending}>
            Count
          </Button>
        </Group>
        {error && <Failed what="what would go" error={error} />}
        {isCurrent && data.results.length === 0 && (
          <Text size="sm">No retention is configured: name an age to count by.</Text>
        )}
        {isCurrent && data.results.length > 0 && <Counts results={data.results} />}
        {isCurrent && sum > 0 && !isReadOnly && (
          <Button color="red" onClick={remove}>
            Remove {rows}
          </Button>
        )}
      </Stack>
    </form>
  );
}

function Counts({ results }: { results: readonly PrunedTable[] }) {
  return (
    <Table fz="sm" aria-label="What would go">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Table</Table.Th>
          <Table.Th ta="right">Would go</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {results.map(({ domain, table, deleted, failed }) => (
          <Table.Tr key={`${domain} ${table}`}>
            <Table.Td>
              {domain} {table}
            </Table.Td>
            <Table.Td ta="right">{failed ? "could not be counted" : deleted.toLocaleString()}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
