import { Button, Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

interface MessageHit {
  id: string;
  role: string;
  excerpt: string;
  createdAt: string;
  threadId: string;
  threadTitle: string;
  resourceId?: string;
}

interface Searched {
  results: MessageHit[];
  /** Messages that this answer looked through. */
  looked: number;
  /** Where the next one goes on. */
  next: string | null;
}

interface MessageSearchProps {
  q: string;
  resource: string | undefined;
}

/** Messages that hold a text, of one resource or of all: looked through in pieces, whatever the database. */
export function MessageSearch({ q, resource }: MessageSearchProps) {
  const { data, error, isFetching, isFetchingNextPage, hasNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["message-search", q, resource],
    queryFn: ({ signal, pageParam }) =>
      request<Searched>("/stowage/messages/search", { query: { q, resourceId: resource, after: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    enabled: q !== "",
  });
  const hits = (data?.pages ?? []).flatMap(({ results }) => results);
  const looked = (data?.pages ?? []).reduce((sum, page) => sum + page.looked, 0);
  return (
    <section aria-label="Messages">
      <Title order={2} size="h6">
        Messages
      </Title>
      {q === "" && (
        <Text size="sm">
          No database of Stowage keeps an index of texts: messages are looked through, the newest first, a few thousand
          at a time. A resource narrows it. Other domains cannot be searched by text; ids are found in all of them.
        </Text>
      )}
      {error && <Failed what="messages" error={error} retry={() => void refetch()} />}
      {q !== "" && isFetching && !isFetchingNextPage && <Loading rows={3} />}
      <Stack gap="xs">
        {hits.map(({ id, role, excerpt, createdAt, threadId, threadTitle, resourceId }) => (
          <div key={id}>
            <TextLink href={`/threads/${encodeURIComponent(threadId)}?m=${encodeURIComponent(id)}`}>
              {threadTitle || threadId}
            </TextLink>{" "}
            <Text span size="xs" c="dimmed">
              {role}, <Time value={createdAt} />
              {resourceId && !resource && `, of ${resourceId}`}
            </Text>
            <Text size="sm" lineClamp={2}>
              {excerpt}
            </Text>
          </div>
        ))}
      </Stack>
      {data && !(isFetching && !isFetchingNextPage) && (
        <Text size="sm" c="dimmed" mt="xs" aria-live="polite">
          {hits.length === 0 ? `No message holds “${q}”` : `${hits.length} found`} among {looked.toLocaleString()}{" "}
          {resource ? `messages of ${resource}` : "messages"}
          {hasNextPage ? "; there are more to look through." : ", which are all."}
        </Text>
      )}
      {hasNextPage && (
        <Button size="xs" variant="default" mt="xs" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Look through more
        </Button>
      )}
    </section>
  );
}
