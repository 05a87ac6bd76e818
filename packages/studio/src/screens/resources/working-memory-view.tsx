import { Alert, Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError } from "../../api/client.ts";
import { getResource, type Resource, saveWorkingMemory } from "../../api/resources.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Markdown } from "../../components/markdown.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { Time } from "../../components/time.tsx";

/** What is remembered about a resource: Markdown or JSON as it is kept, and an editor for it. */
export function WorkingMemoryView({ resourceId }: { resourceId: string }) {
  const isReadOnly = useReadOnly();
  const [isEdited, setEdited] = useState(false);
  const { data, error, refetch } = useQuery({
    queryKey: ["resource", resourceId],
    queryFn: ({ signal }) => getResource(resourceId, signal),
  });
  if (error) return <Failed what="working memory" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={4} />;
  const close = () => {
    setEdited(false);
    void refetch();
  };
  if (isEdited) return <Editor resource={data} onClose={close} />;
  return (
    <Stack gap="xs">
      {data.workingMemory ? <Remembered text={data.workingMemory} /> : <Empty title="Nothing is remembered yet" />}
      <Group gap="xs">
        {!isReadOnly && (
          <Button size="xs" variant="default" onClick={() => setEdited(true)}>
            Edit
          </Button>
        )}
        {data.updatedAt && (
          <Text size="xs" c="dimmed">
            changed <Time value={data.updatedAt} />
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function Remembered({ text }: { text: string }) {
  const value = asJson(text);
  return value === undefined ? <Markdown text={text} /> : <JsonView value={value} label="Working memory" />;
}

function asJson(text: string): object | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function Editor({ resource, onClose }: { resource: Resource; onClose: () => void }) {
  const [text, setText] = useState(resource.workingMemory ?? "");
  const [error, setError] = useState<Error>();
  const save = async () => {
    try {
      await saveWorkingMemory(resource, text);
      onClose();
    } catch (failure) {
      setError(failure as Error);
    }
  };
  const isConflict = error instanceof ApiError && error.status === 409;
  return (
    <Stack gap="xs">
      <Textarea
        label={`What is remembered about ${resource.id}`}
        autosize
        minRows={6}
        maxRows={24}
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      {isConflict && (
        <Alert variant="default" title="It changed meanwhile">
          Somebody else wrote since you began. Copy your text, then cancel to see theirs.
        </Alert>
      )}
      {error && !isConflict && <Failed what="your change" error={error} />}
      <Group gap="xs">
        <Button size="xs" onClick={() => void save()} disabled={text === (resource.workingMemory ?? "")}>
          Save
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Cancel
        </Button>
      </Group>
    </Stack>
  );
}
