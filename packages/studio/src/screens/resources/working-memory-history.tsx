import { Button, Card, Group, Stack, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useList } from "../../api/list.ts";
import {
  changesOf,
  getResource,
  historyPath,
  type Resource,
  saveWorkingMemory,
  type WorkingMemoryChange,
} from "../../api/resources.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { confirm } from "../../components/confirm.tsx";
import { DiffView } from "../../components/diff-view.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

/** What agents wrote into working memory: what each call changed, where it was, and a way back. */
export function WorkingMemoryHistory({ resourceId }: { resourceId: string }) {
  const list = useList({ path: historyPath(resourceId), rowsOf: changesOf, perPage: 20 });
  const { data: resource } = useQuery({
    queryKey: ["resource", resourceId],
    queryFn: ({ signal }) => getResource(resourceId, signal),
  });
  if (list.error) return <Failed what="the history" error={list.error} retry={list.reload} />;
  if (list.isPending) return <Loading rows={4} height={90} />;
  if (list.rows.length === 0) {
    return (
      <Empty
        title="No traced call wrote this working memory"
        help="The history follows from traces: what agents wrote that are traced. Changes by programs and by hand leave none."
      />
    );
  }
  const [latest] = list.rows;
  const isChangedElsewhere = resource && latest?.text !== null && resource.workingMemory !== latest?.text;
  return (
    <Stack gap="sm">
      {isChangedElsewhere && (
        <Card withBorder padding="sm" component="section" aria-label="Since the latest call">
          <Text size="sm" mb="xs">
            What is remembered now is not what the latest call wrote: a program or a person changed it, or the agent
            sets single members.
          </Text>
          <DiffView
            before={latest?.text ?? ""}
            after={resource.workingMemory ?? ""}
            label="From the latest call to now"
          />
        </Card>
      )}
      {list.rows.map((change, at) => (
        <Change
          key={`${change.traceId} ${change.spanId}`}
          change={change}
          before={list.rows[at + 1]}
          isFirst={at === list.rows.length - 1 && !list.hasMore}
          resource={resource}
        />
      ))}
      {list.hasMore && (
        <Button variant="default" size="xs" loading={list.isLoadingMore} onClick={list.loadMore}>
          Earlier changes
        </Button>
      )}
    </Stack>
  );
}

interface ChangeProps {
  change: WorkingMemoryChange;
  /** The change before it, where it is known. */
  before: WorkingMemoryChange | undefined;
  /** Whether there is none before it. */
  isFirst: boolean;
  resource: Resource | undefined;
}

function Change({ change, before, isFirst, resource }: ChangeProps) {
  const queries = useQueryClient();
  const isReadOnly = useReadOnly();
  const { at, traceId, spanId, threadId, text } = change;
  const canRestore = !isReadOnly && resource && text !== null && resource.workingMemory !== text;
  const restore = () =>
    resource &&
    confirm({
      title: "Restore this working memory?",
      text: `What is remembered about ${resource.id} becomes again what was written at ${new Date(at).toLocaleString()}. What is there now is replaced.`,
      verb: "Restore",
      run: () => saveWorkingMemory(resource, text ?? ""),
      done: `The working memory of ${resource.id} was restored`,
      after: () => void queries.invalidateQueries({ queryKey: ["resource", resource.id] }),
    });
  return (
    <Card withBorder padding="sm" component="article" aria-label={`Change of ${at}`}>
      <Group justify="space-between" mb="xs">
        <Text size="sm">
          <Time value={at} />
          {threadId && (
            <>
              {" in "}
              <TextLink href={`/threads/${encodeURIComponent(threadId)}`}>{threadId}</TextLink>
            </>
          )}
          {", "}
          <TextLink href={`/traces/${encodeURIComponent(traceId)}?span=${encodeURIComponent(spanId)}`}>
            the call
          </TextLink>
        </Text>
        {canRestore && (
          <Button size="compact-xs" variant="default" onClick={restore}>
            Restore
          </Button>
        )}
      </Group>
      {text === null && <Text size="sm">The trace does not hold what was written.</Text>}
      {text !== null && !before && !isFirst && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
          {text}
        </Text>
      )}
      {text !== null && (before || isFirst) && (
        <DiffView before={before?.text ?? ""} after={text} label="What this call changed" />
      )}
    </Card>
  );
}
