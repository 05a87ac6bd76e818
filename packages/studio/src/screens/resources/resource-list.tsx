import { Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { type List, useList } from "../../api/list.ts";
import { type Thread, threadsOf, threadsPath } from "../../api/memory.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const route = getRouteApi("/resources");
/** Threads that are looked at: the server's greatest page. */
const window = 1000;

interface Owner {
  id: string;
  threads: number;
  lastActivity: string;
}

const hrefOf = ({ id }: Owner) => `/resources/${encodeURIComponent(id)}`;

const columns: Column<Owner>[] = [
  {
    id: "id",
    label: "Resource",
    width: 300,
    text: ({ id }) => id,
    cell: (owner) => <TextLink href={hrefOf(owner)}>{owner.id}</TextLink>,
  },
  { id: "threads", label: "Threads", width: 110, isNumber: true, text: ({ threads }) => threads },
  {
    id: "lastActivity",
    label: "Last activity",
    text: ({ lastActivity }) => lastActivity,
    cell: ({ lastActivity }) => <Time value={lastActivity} relative />,
  },
];

const newestFirst = { field: "updatedAt", direction: "DESC" };
const fields = [{ name: "q", label: "Name of the resource" }];

/** Who owns conversations: users, organisations, documents. */
export function ResourceList() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const threads = useList({ path: threadsPath, query: { orderBy: newestFirst }, rowsOf: threadsOf, perPage: window });
  const owners = useMemo(() => ownersOf(threads.rows), [threads.rows]);
  const rows = q ? owners.filter(({ id }) => id.toLowerCase().includes(q.toLowerCase())) : owners;
  const list: List<Owner> = {
    ...threads,
    rows,
    total: threads.isPending ? undefined : rows.length,
    hasMore: false,
    async *everyRow() {
      yield rows;
    },
  };
  return (
    <Screen title="Resources">
      {threads.hasMore && (
        <Text size="sm" c="dimmed">
          The owners of the {threads.rows.length.toLocaleString()} threads that were last active, of{" "}
          {threads.total?.toLocaleString()}.
        </Text>
      )}
      <DataTable
        id="resources"
        what="resources"
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        hrefOf={hrefOf}
        onOpen={({ id }) => void navigate({ to: "/resources/$resourceId", params: { resourceId: id } })}
        empty={{ title: "Nobody owns a conversation yet", help: "Every thread names its resource; they appear here." }}
        clear={q ? () => void navigate({ search: {} }) : undefined}
        toolbar={
          <FilterBar
            fields={fields}
            values={{ q }}
            onChange={(next) => void navigate({ search: next, replace: true })}
          />
        }
      />
    </Screen>
  );
}

/** Threads come newest first, so the first of an owner tells its last activity. */
function ownersOf(threads: readonly Thread[]): Owner[] {
  const owners = new Map<string, Owner>();
  for (const { resourceId, updatedAt } of threads) {
    const owner = owners.get(resourceId);
    if (owner) owner.threads++;
    else owners.set(resourceId, { id: resourceId, threads: 1, lastActivity: updatedAt });
  }
  return [...owners.values()];
}
