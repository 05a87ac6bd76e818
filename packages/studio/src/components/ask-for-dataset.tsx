import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import type { DatasetItemPayload } from "@stowage/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "../api/client.ts";
import { addItems, type Dataset, datasetsPath } from "../api/datasets.ts";
import { report } from "./confirm.tsx";
import { JsonView } from "./json-view.tsx";
import { Failed, Loading } from "./states.tsx";

/** Asks for a dataset, shows the item, and adds it as a new version. */
export function askForDataset(item: DatasetItemPayload): void {
  const id = modals.open({
    title: "Add to a dataset",
    closeButtonProps: { "aria-label": "Close" },
    children: <DatasetForm item={item} close={() => modals.close(id)} />,
  });
}

function DatasetForm({ item, close }: { item: DatasetItemPayload; close: () => void }) {
  const [dataset, setDataset] = useState<string | null>(null);
  const [isBusy, setBusy] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["datasets-to-choose"],
    queryFn: ({ signal }) => request<{ datasets: Dataset[] }>(datasetsPath, { query: { perPage: 1000 }, signal }),
  });
  if (error) return <Failed what="the datasets" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={2} />;
  if (data.datasets.length === 0) return <Text size="sm">There is no dataset yet: make one first.</Text>;
  const add = async () => {
    if (dataset === null) return;
    setBusy(true);
    const name = data.datasets.find(({ id }) => id === dataset)?.name ?? dataset;
    if (await report(addItems(dataset, [item]), `One item was added to ${name}`)) close();
    setBusy(false);
  };
  const { input, groundTruth } = item;
  return (
    <Stack>
      <Select
        data-autofocus
        searchable
        label="Dataset"
        data={data.datasets.map(({ id, name }) => ({ value: id, label: name }))}
        value={dataset}
        onChange={setDataset}
      />
      <JsonView value={{ input, groundTruth }} label="Item" />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button loading={isBusy} disabled={dataset === null} onClick={() => void add()}>
          Add one item
        </Button>
      </Group>
    </Stack>
  );
}
