import { getRouteApi } from "@tanstack/react-router";
import { useList } from "../../api/list.ts";
import { type Owner, ownersOf, resourcesPath } from "../../api/resources.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const route = getRouteApi("/resources");
const hrefOf = ({ resourceId }: Owner) => `/resources/${encodeURIComponent(resourceId)}`;

const columns: Column<Owner>[] = [
  {
    id: "id",
    label: "Resource",
    width: 300,
    text: ({ resourceId }) => resourceId,
    cell: (owner) => <TextLink href={hrefOf(owner)}>{owner.resourceId}</TextLink>,
  },
  { id: "threads", label: "Threads", width: 110, isNumber: true, text: ({ threads }) => threads },
  {
    id: "lastActivityAt",
    label: "Last activity",
    text: ({ lastActivityAt }) => lastActivityAt,
    cell: ({ lastActivityAt }) => <Time value={lastActivityAt} relative />,
  },
];

const fields = [{ name: "q", label: "Name of the resource" }];

/** Who owns conversations: users, organisations, documents. */
export function ResourceList() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList({ path: resourcesPath, query: { q }, rowsOf: ownersOf });
  return (
    <Screen title="Resources">
      <DataTable
        id="resources"
        what="resources"
        list={list}
        columns={columns}
        rowId={({ resourceId }) => resourceId}
        hrefOf={hrefOf}
        onOpen={({ resourceId }) => void navigate({ to: "/resources/$resourceId", params: { resourceId } })}
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
