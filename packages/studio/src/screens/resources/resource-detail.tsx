import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { curlOf } from "../../api/client.ts";
import { useList } from "../../api/list.ts";
import { type Thread, threadsOf, threadsPath } from "../../api/memory.ts";
import { getResource, resourcePath } from "../../api/resources.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import type { Column } from "../../components/column.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TabFrame } from "../../components/tab-frame.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { ForgetButton } from "./forget-button.tsx";
import { WorkingMemoryHistory } from "./working-memory-history.tsx";
import { WorkingMemoryView } from "./working-memory-view.tsx";

const route = getRouteApi("/resources/$resourceId");

/** One owner of conversations: what is remembered about it, and its threads. */
export function ResourceDetail() {
  const { resourceId } = route.useParams();
  const { tab } = route.useSearch();
  const navigate = route.useNavigate();
  const isReadOnly = useReadOnly();
  return (
    <Screen
      title={resourceId}
      parents={[{ label: "Resources", to: "/resources" }]}
      actions={
        <>
          {!isReadOnly && <ForgetButton resourceId={resourceId} />}
          <CopyCurl curl={curlOf(resourcePath(resourceId))} />
        </>
      }
    >
      <TabFrame
        value={tab}
        onChange={(next) => void navigate({ search: { tab: next }, replace: true })}
        tabs={[
          {
            name: "memory",
            label: "Working memory",
            layout: "text",
            content: <WorkingMemoryView resourceId={resourceId} />,
          },
          {
            name: "history",
            label: "History",
            layout: "text",
            content: <WorkingMemoryHistory resourceId={resourceId} />,
          },
          { name: "threads", label: "Threads", layout: "table", content: <Threads resourceId={resourceId} /> },
          { name: "metadata", label: "Record", content: <Record resourceId={resourceId} /> },
        ]}
      />
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
