import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { curlOf } from "../../api/client.ts";
import { useList } from "../../api/list.ts";
import { type Thread, threadsOf, threadsPath } from "../../api/memory.ts";
import { getResource, resourcePath } from "../../api/resources.ts";
import type { Column } from "../../components/column.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { ForgetButton } from "./forget-button.tsx";
import { WorkingMemoryView } from "./working-memory-view.tsx";

const route = getRouteApi("/resources/$resourceId");

/** One owner of conversations: what is remembered about it, and its threads. */
export function ResourceDetail() {
  const { resourceId } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Screen
      title={resourceId}
      parents={[{ label: "Resources", to: "/resources" }]}
      actions={
        <>
          <ForgetButton resourceId={resourceId} />
          <CopyCurl curl={curlOf(resourcePath(resourceId))} />
        </>
      }
    >
      <Tabs
        className="fill"
        display="flex"
        style={{ flexDirection: "column" }}
        value={tab}
        onChange={(next) => void navigate({ search: { tab: (next ?? "memory") as typeof tab }, replace: true })}
        keepMounted={false}
      >
        <Tabs.List>
          <Tabs.Tab value="memory">Working memory</Tabs.Tab>
          <Tabs.Tab value="threads">Threads</Tabs.Tab>
          <Tabs.Tab value="metadata">Record</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="memory" pt="md" maw={760} style={{ overflow: "auto" }}>
          <WorkingMemoryView resourceId={resourceId} />
        </Tabs.Panel>
        <Tabs.Panel value="threads" pt="md" className="tab-table">
          <Threads resourceId={resourceId} />
        </Tabs.Panel>
        <Tabs.Panel value="metadata" pt="md" style={{ overflow: "auto" }}>
          <Record resourceId={resourceId} />
        </Tabs.Panel>
      </Tabs>
    </Screen>
  );
}

const hrefOf = ({ id }: Thread) => `/threads/${encodeURIComponent(id)}`;
const columns: Column<Thread>[] = [
  {
    id: "title",
    label: "Title",
    width: 360,
    text: ({ title }) => title,
    cell: (thread) => <TextLink href={hrefOf(thread)}>{thread.title || thread.id}</TextLink>,
  },
  {
    id: "updatedAt",
    label: "Last activity",
    text: ({ updatedAt }) => updatedAt,
    cell: ({ updatedAt }) => <Time value={updatedAt} relative />,
  },
];
const newestFirst = { field: "updatedAt", direction: "DESC" };

function Threads({ resourceId }: { resourceId: string }) {
  const navigate = useNavigate();
  const list = useList({ path: threadsPath, query: { resourceId, orderBy: newestFirst }, rowsOf: threadsOf });
  return (
    <DataTable
      id="resource-threads"
      what="threads"
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      hrefOf={hrefOf}
      onOpen={({ id }) => void navigate({ to: "/threads/$threadId", params: { threadId: id } })}
      empty={{ title: "This resource owns no thread" }}
    />
  );
}

function Record({ resourceId }: { resourceId: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ["resource", resourceId],
    queryFn: ({ signal }) => getResource(resourceId, signal),
  });
  if (error) return <Failed what="the resource" error={error} retry={() => void refetch()} />;
  return data ? <JsonView value={data} label="Resource" /> : <Loading rows={3} />;
}
