import { Stack, Tabs, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useList } from "../../api/list.ts";
import type { Thread } from "../../api/memory.ts";
import { JsonView } from "../../components/json-view.tsx";
import { SidePanel } from "../../components/side-panel.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { WorkingMemoryView } from "../resources/working-memory-view.tsx";
import { BranchesPanel } from "./branches-panel.tsx";

const route = getRouteApi("/threads/$threadId");
type Panel = "memory" | "branches" | "metadata" | "traces";

interface ThreadPanelProps {
  thread: Thread;
  panel: Panel;
  target: string | undefined;
  branch: string | undefined;
}

/** What is known around a thread. */
export function ThreadPanel({ thread, panel, target, branch }: ThreadPanelProps) {
  const navigate = route.useNavigate();
  const source = (thread.metadata?.clone as { sourceThreadId?: string } | undefined)?.sourceThreadId;
  const set = (search: { panel?: Panel | undefined; branch?: string | undefined }) =>
    void navigate({ search: { m: target, ...search }, replace: true });
  const show = (next: Panel | undefined) => set({ panel: next });
  return (
    <SidePanel title="About this thread" width={440} onClose={() => show(undefined)}>
      <Tabs value={panel} onChange={(next) => show((next as Panel | null) ?? undefined)} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="memory">Working memory</Tabs.Tab>
          <Tabs.Tab value="branches">Branches</Tabs.Tab>
          <Tabs.Tab value="metadata">Metadata</Tabs.Tab>
          <Tabs.Tab value="traces">Traces</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="memory" pt="sm">
          <Text size="sm" mb="xs">
            of <TextLink href={`/resources/${encodeURIComponent(thread.resourceId)}`}>{thread.resourceId}</TextLink>
          </Text>
          <WorkingMemoryView resourceId={thread.resourceId} />
        </Tabs.Panel>
        <Tabs.Panel value="branches" pt="sm">
          <BranchesPanel thread={thread} branch={branch} onCompare={(id) => set({ panel: "branches", branch: id })} />
        </Tabs.Panel>
        <Tabs.Panel value="metadata" pt="sm">
          {source && (
            <Text size="sm" mb="xs">
              A copy of <TextLink href={`/threads/${encodeURIComponent(source)}`}>{source}</TextLink>
            </Text>
          )}
          <JsonView value={thread} label="Thread" />
        </Tabs.Panel>
        <Tabs.Panel value="traces" pt="sm">
          <TracesOf threadId={thread.id} />
        </Tabs.Panel>
      </Tabs>
    </SidePanel>
  );
}

interface TraceLine {
  traceId: string;
  name: string;
  startedAt: string;
  status?: string;
}

const tracesOf = (answer: { spans: TraceLine[] }) => answer.spans;

function TracesOf({ threadId }: { threadId: string }) {
  const list = useList({ path: "/observability/traces/light", query: { threadId }, rowsOf: tracesOf, perPage: 50 });
  if (list.error) return <Failed what="traces" error={list.error} retry={list.reload} />;
  if (list.isPending) return <Loading rows={3} />;
  if (list.rows.length === 0) return <Empty title="No trace refers to this thread" />;
  return (
    <Stack gap="xs">
      {list.rows.map(({ traceId, name, startedAt, status = "unknown" }) => (
        <div key={traceId}>
          <TextLink href={`/traces/${encodeURIComponent(traceId)}`}>{name}</TextLink> <StateBadge state={status} />
          <Text size="xs" c="dimmed">
            <Time value={startedAt} />
          </Text>
        </div>
      ))}
    </Stack>
  );
}
