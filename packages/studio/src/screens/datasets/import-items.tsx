import { Alert, Button, FileInput, Table as Grid, Group, Select, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { addItems } from "../../api/datasets.ts";
import { Screen } from "../../components/screen.tsx";
import { Failed } from "../../components/states.tsx";
import { guessMapping, itemsFrom, type Mapping, readTable, type Table, type Target, targets } from "./import-file.ts";
import { shortOf } from "./item-table.tsx";

const route = getRouteApi("/datasets/$datasetId/import");
/** Items the server takes as one version. */
const most = 10_000;
const previewed = 20;

/** A file of items: read here, shown with where its columns go, and then written as one version or not at all. */
export function ImportItems() {
  const { datasetId } = route.useParams();
  const navigate = route.useNavigate();
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const [table, setTable] = useState<Table>();
  const [mapping, setMapping] = useState<Mapping>({});
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const read = useMemo(() => table && itemsFrom(table, mapping), [table, mapping]);

  const choose = async (chosen: File | null) => {
    setFile(chosen);
    setTable(undefined);
    setError(undefined);
    if (!chosen) return;
    try {
      const found = await readTable(chosen.name, await chosen.text());
      setTable(found);
      setMapping(guessMapping(found.columns));
    } catch (failure) {
      setError(failure as Error);
    }
  };
  const write = async () => {
    setBusy(true);
    setError(undefined);
    try {
      await addItems(datasetId, read?.items ?? []);
      await queries.invalidateQueries();
      void navigate({ to: "/datasets/$datasetId", params: { datasetId }, search: { tab: "items" } });
    } catch (failure) {
      setError(failure as Error);
    } finally {
      setBusy(false);
    }
  };
  const count = read?.items.length ?? 0;
  return (
    <Screen
      title="Import items"
      scroll="page"
      parents={[
        { label: "Datasets", to: "/datasets" },
        { label: datasetId, to: `/datasets/${encodeURIComponent(datasetId)}` },
      ]}
    >
      <FileInput
        label="File"
        description="CSV with a first line of names, a JSON list, or JSON lines"
        placeholder="Choose a file"
        accept=".csv,.json,.jsonl,.ndjson"
        maw={420}
        value={file}
        onChange={(chosen) => void choose(chosen)}
      />
      {error && <Failed what="the items" error={error} />}
      {table && read && (
        <Stack gap="md">
          <Text size="sm" aria-live="polite">
            {count.toLocaleString()} items of {table.rows.length.toLocaleString()} rows. An item whose external id is
            known is not written again.
          </Text>
          <Problems table={table} withoutInput={read.withoutInput} />
          <Preview
            table={table}
            mapping={mapping}
            onMap={(column, target) => setMapping({ ...mapping, [column]: target })}
          />
          {count > most && <Alert variant="default" title={`More than ${most.toLocaleString()} items`} />}
          <Group>
            <Button disabled={count === 0 || count > most} loading={isBusy} onClick={() => void write()}>
              Write {count.toLocaleString()} items as one version
            </Button>
          </Group>
        </Stack>
      )}
    </Screen>
  );
}

function Problems({ table, withoutInput }: { table: Table; withoutInput: readonly number[] }) {
  if (table.problems.length === 0 && withoutInput.length === 0) return null;
  return (
    <Alert variant="default" title="Not everything can be written">
      {table.problems.slice(0, 20).map(({ line, reason }) => (
        <Text key={line} size="sm">
          line {line}: {reason}
        </Text>
      ))}
      {withoutInput.length > 0 && (
        <Text size="sm">
          {withoutInput.length} rows have no input, the first of them row {withoutInput[0]}
        </Text>
      )}
    </Alert>
  );
}

const labels: Readonly<Record<Target, string>> = {
  input: "Input",
  groundTruth: "Expected",
  externalId: "External id",
  metadata: "Metadata",
  ignore: "Leave out",
};

interface PreviewProps {
  table: Table;
  mapping: Mapping;
  onMap: (column: string, target: Target) => void;
}

function Preview({ table, mapping, onMap }: PreviewProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll what overflows.
    <section className="table-frame" aria-label="Preview" tabIndex={0}>
      <Grid miw={table.columns.length * 200}>
        <Grid.Thead>
          <Grid.Tr>
            {table.columns.map((column) => (
              <Grid.Th key={column}>
                <Select
                  size="xs"
                  label={column}
                  data={targets.map((value) => ({ value, label: labels[value] }))}
                  value={mapping[column] ?? "ignore"}
                  allowDeselect={false}
                  onChange={(target) => onMap(column, target as Target)}
                />
              </Grid.Th>
            ))}
          </Grid.Tr>
        </Grid.Thead>
        <Grid.Tbody>
          {table.rows.slice(0, previewed).map((row, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of a file keep their place.
            <Grid.Tr key={at}>
              {table.columns.map((column) => (
                <Grid.Td key={column}>{shortOf(row[column])?.slice(0, 200)}</Grid.Td>
              ))}
            </Grid.Tr>
          ))}
        </Grid.Tbody>
      </Grid>
    </section>
  );
}
