import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

interface MessageHit {
  id: string;
  role: string;
  content: string;
  createdAt: string;
  threadId: string;
  threadTitle?: string;
}

interface MessageSearchProps {
  q: string;
  resource: string | undefined;
}

/** Messages of one resource that hold a text. The server looks through the newest thousand, whatever the database. */
export function MessageSearch({ q, resource }: MessageSearchProps) {
  const isAsked = q !== "" && resource !== undefined;
  const { data, error, isFetching, refetch } = useQuery({
    queryKey: ["message-search", q, resource],
    queryFn: ({ signal }) =>
      request<{ results: MessageHit[] }>("/memory/search", {
        query: { searchQuery: q, resourceId: resource, limit: 50 },
        signal,
      }),
    enabled: isAsked,
  });
  return (
    <section aria-label="Messages">
      <Title order={2} size="h6">
        Messages
      </Title>
      {!isAsked && (
        <Text size="sm">
          Name a resource to search its newest thousand messages. No database of Stowage keeps an index of texts, so
          messages of all resources cannot be searched at once; nor can other domains.
        </Text>
      )}
      {error && <Failed what="messages" error={error} retry={() => void refetch()} />}
      {isAsked && isFetching && <Loading rows={3} />}
      {data?.results.length === 0 && !isFetching && (
        <Text size="sm">
          No message of {resource} holds “{q}”.
        </Text>
      )}
      <Stack gap="xs">
        {data?.results.map(({ id, role, content, createdAt, threadId, threadTitle }) => (
          <div key={id}>
            <TextLink href={`/threads/${encodeURIComponent(threadId)}?m=${encodeURIComponent(id)}`}>
              {threadTitle || threadId}
            </TextLink>{" "}
            <Text span size="xs" c="dimmed">
              {role}, <Time value={createdAt} />
            </Text>
            <Text size="sm" lineClamp={2}>
              {content}
            </Text>
          </div>
        ))}
      </Stack>
    </section>
  );
}
