import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useList } from "../../api/list.ts";
import { deleteThread, type Thread, threadsOf, threadsPath } from "../../api/memory.ts";
import type { Column } from "../../components/column.ts";
import { confirm } from "../../components/confirm.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { dateColumn } from "../../components/date-column.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { orderByOf } from "../../components/sort.ts";
import { TextLink } from "../../components/text-link.tsx";
import { conditionOf } from "./metadata-condition.ts";

const route = getRouteApi("/threads");
const hrefOf = ({ id }: Thread) => `/threads/${encodeURIComponent(id)}`;

const columns: Column<Thread>[] = [
  {
    id: "title",
    label: "Title",
    width: 320,
    text: ({ title }) => title,
    cell: (thread) => <TextLink href={hrefOf(thread)}>{thread.title || thread.id}</TextLink>,
  },
  {
    id: "resource",
    label: "Resource",
    text: ({ resourceId }) => resourceId,
    cell: ({ resourceId }) => <TextLink href={`/resources/${encodeURIComponent(resourceId)}`}>{resourceId}</TextLink>,
  },
  dateColumn("updatedAt", "Last activity"),
  dateColumn("createdAt", "Begun", 220),
  {
    id: "metadata",
    label: "Metadata",
    width: 220,
    text: ({ metadata }) => (metadata && Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : undefined),
  },
  { id: "id", label: "Id", width: 220, text: ({ id }) => id, isHidden: true },
];

const fields = [
  { name: "resource", label: "Resource" },
  { name: "metadata", label: "Metadata", placeholder: "Metadata, as key=value", width: 200 },
];

/** Every conversation, whoever's it is. */
export function ThreadList() {
  const { sort, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const metadata = conditionOf(filters.metadata);
  const list = useList({
    path: threadsPath,
    query: { resourceId: filters.resource, metadata, orderBy: orderByOf(sort) },
    rowsOf: threadsOf,
  });
  const isFiltered = Object.values(filters).some(Boolean);
  const count = `${selected.size} ${selected.size === 1 ? "thread" : "threads"}`;
  const askToDelete = () =>
    confirm({
      title: `Delete ${count}?`,
      text: `This removes ${count} with all their messages. It cannot be undone.`,
      verb: `Delete ${count}`,
      typed: `delete ${selected.size}`,
      done: `${count} deleted`,
      run: async () => {
        for (const id of selected) await deleteThread(id);
      },
      after: () => {
        setSelected(new Set());
        list.reload();
      },
    });

  return (
    <Screen title="Threads">
      <DataTable
        id="threads"
        what="threads"
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        hrefOf={hrefOf}
        onOpen={(thread) => void navigate({ to: "/threads/$threadId", params: { threadId: thread.id } })}
        sort={sort}
        onSort={(next) => void navigate({ search: { ...filters, sort: next as typeof sort }, replace: true })}
        selection={{ ids: selected, onChange: setSelected }}
        empty={{
          title: "No conversations yet",
          help: "A thread appears here as soon as an agent, or any program, saves one.",
          snippet: `const memory = await storage.getStore("memory");
const now = new Date();
await memory.saveThread({
  thread: { id: "first", resourceId: "ada", title: "Hello", createdAt: now, updatedAt: now },
});`,
        }}
        clear={isFiltered ? () => void navigate({ search: { sort } }) : undefined}
        toolbar={
          <>
            <FilterBar
              fields={fields}
              values={filters}
              onChange={(next) => void navigate({ search: { ...next, sort }, replace: true })}
            />
            {selected.size > 0 && (
              <Button size="xs" variant="default" leftSection={<IconTrash size={14} />} onClick={askToDelete}>
                Delete {count}
              </Button>
            )}
          </>
        }
      />
    </Screen>
  );
}
