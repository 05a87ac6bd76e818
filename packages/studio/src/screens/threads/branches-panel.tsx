import { Button, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getBranches, getTranscript, type Thread } from "../../api/memory.ts";
import { DiffView } from "../../components/diff-view.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { treeOf } from "./branch-tree.ts";
import { transcriptOf } from "./transcript.ts";

interface BranchesPanelProps {
  thread: Thread;
  /** The thread that this one is held against. */
  branch: string | undefined;
  onCompare: (id: string | undefined) => void;
}

/** The tree of copies in which a thread stands, and how its conversation differs from another's. */
export function BranchesPanel({ thread, branch, onCompare }: BranchesPanelProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ["branches", thread.id],
    queryFn: ({ signal }) => getBranches(thread.id, signal),
  });
  if (error) return <Failed what="the branches" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={4} />;
  if (data.threads.length === 1 && !data.threads[0]?.isOrphan) {
    return <Empty title="No other thread is a copy of this one" help="“Branch from here” at a message makes one." />;
  }
  return (
    <Stack gap="xs">
      <Stack gap={4} component="ul" style={{ listStyle: "none", margin: 0, padding: 0 }} aria-label="Branches">
        {treeOf(data.threads).map(({ thread: { id, title, createdAt, isOrphan }, depth }) => (
          <Group key={id} component="li" gap="xs" pl={depth * 16} wrap="nowrap" justify="space-between">
            <Text size="sm" truncate {...(id === thread.id && { fw: 600, "aria-current": "true" })}>
              {id === thread.id ? title || id : <TextLink href={addressOf(id)}>{title || id}</TextLink>}{" "}
              <Text span size="xs" c="dimmed">
                <Time value={createdAt} relative />
                {isOrphan && ", its source is gone"}
              </Text>
            </Text>
            {id !== thread.id && (
              <Button
                size="compact-xs"
                variant="default"
                aria-pressed={branch === id}
                aria-label={`Compare with ${title || id}`}
                onClick={() => onCompare(branch === id ? undefined : id)}
              >
                Compare
              </Button>
            )}
          </Group>
        ))}
      </Stack>
      {!data.isComplete && (
        <Text size="xs" c="dimmed">
          The owner has more threads than were looked through: there may be more copies.
        </Text>
      )}
      {branch && <Difference thread={thread.id} other={branch} />}
    </Stack>
  );
}

const addressOf = (id: string) => `/threads/${encodeURIComponent(id)}?panel=branches`;

function Difference({ thread, other }: { thread: string; other: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["transcripts", other, thread],
    queryFn: async ({ signal }) => Promise.all([getTranscript(other, signal), getTranscript(thread, signal)]),
  });
  if (error) return <Failed what="the conversation" error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={4} />;
  const [before, after] = data;
  return (
    <section aria-label="Difference">
      <Text size="sm" mb={4}>
        From <b>{other}</b> ({before.length} messages) to this thread ({after.length} messages)
      </Text>
      <DiffView before={transcriptOf(before)} after={transcriptOf(after)} label="Difference of the conversations" />
    </section>
  );
}
