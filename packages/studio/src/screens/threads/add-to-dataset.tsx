import { Button, Group, Select, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { request } from "../../api/client.ts";
import { addItems, type Dataset, datasetsPath } from "../../api/datasets.ts";
import type { Message } from "../../api/memory.ts";
import { report } from "../../components/confirm.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { textIn } from "./transcript.ts";

/** What a message is as an item: an answer is what is expected of the question before it, a question is an input. */
export function itemOf(message: Message, question: Message | undefined): { input: string; groundTruth?: string } {
  if (message.role !== "assistant" || !question) return { input: textIn(message) };
  return { input: textIn(question), groundTruth: textIn(message) };
}

/** Asks for a dataset, and adds the message to it. */
export function askForDataset(message: Message, question: Message | undefined): void {
  const id = modals.open({
    title: "Add to a dataset",
    closeButtonProps: { "aria-label": "Close" },
    children: <DatasetForm message={message} question={question} close={() => modals.close(id)} />,
  });
}

interface DatasetFormProps {
  message: Message;
  question: Message | undefined;
  close: () => void;
}

function DatasetForm({ message, question, close }: DatasetFormProps) {
  const [dataset, setDataset] = useState<string | null>(null);
  const { data, error, refetch } = useQuery({
    queryKey: ["datasets-to-choose"],
    queryFn: ({ signal }) => request<{ datasets: Dataset[] }>(datasetsPath, { query: { perPage: 1000 }, signal }),
  });
  if (error) return <Failed what="the datasets" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={2} />;
  const item = itemOf(message, question);
  const add = async () => {
    if (dataset === null) return;
    const source = { externalId: message.id, metadata: { threadId: message.threadId, messageId: message.id } };
    const name = data.datasets.find(({ id }) => id === dataset)?.name ?? dataset;
    if (await report(addItems(dataset, [{ ...item, ...source }]), `One item was added to ${name}`)) close();
  };
  if (data.datasets.length === 0) return <Text size="sm">There is no dataset yet: make one first.</Text>;
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
      <JsonView value={item} label="Item" />
      <Group justify="flex-end">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button disabled={dataset === null} onClick={() => void add()}>
          Add one item
        </Button>
      </Group>
    </Stack>
  );
}
