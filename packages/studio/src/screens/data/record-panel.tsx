import { Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { curlOf } from "../../api/client.ts";
import { getRecord, recordPath, type TableShape } from "../../api/records.ts";
import { CopyCurl, CopyText } from "../../components/copy-text.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { SidePanel } from "../../components/side-panel.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { referenceOf } from "./references.ts";

interface RecordPanelProps {
  domain: string;
  table: TableShape;
  /** The key, as JSON. */
  record: string;
  onClose: () => void;
}

/** One record, whole, and what it refers to. */
export function RecordPanel({ domain, table, record, onClose }: RecordPanelProps) {
  const key = keyOf(record);
  const { data, error, refetch } = useQuery({
    queryKey: ["record", domain, table.name, record],
    queryFn: ({ signal }) => getRecord(domain, table.name, key ?? [], signal),
    enabled: key !== undefined,
  });
  const references = data ? table.columns.map(({ name }) => [name, referenceOf(name, data)] as const) : [];
  return (
    <SidePanel title="Record" width={480} onClose={onClose}>
      {!key && <Empty title="The address names no record" />}
      {error && <Failed what="the record" error={error} retry={() => void refetch()} />}
      {key && !data && !error && <Loading rows={6} />}
      {data && (
        <Stack gap="xs">
          <Group gap="xs">
            <CopyText text={JSON.stringify(data.values, null, 2)} label="Copy JSON" />
            <CopyCurl curl={curlOf(recordPath(domain, table.name), { key })} />
          </Group>
          {references.map(
            ([name, address]) =>
              address && (
                <Text key={name} size="sm">
                  {name}: <TextLink href={address}>{String(data.values[name])}</TextLink>
                </Text>
              ),
          )}
          <JsonView value={data.values} label="Record" />
        </Stack>
      )}
    </SidePanel>
  );
}

function keyOf(text: string): string[] | undefined {
  try {
    const key = JSON.parse(text) as unknown;
    return Array.isArray(key) && key.every((part) => typeof part === "string") ? key : undefined;
  } catch {
    return undefined;
  }
}
