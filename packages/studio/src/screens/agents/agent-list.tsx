import { getRouteApi } from "@tanstack/react-router";
import { type Agent, agentsOf, agentsPath } from "../../api/agents.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { dateColumn } from "../../components/date-column.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { orderByOf } from "../../components/sort.ts";
import { StateBadge } from "../../components/state-badge.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { modelOf } from "./configuration.ts";

const route = getRouteApi("/agents");
const hrefOf = ({ id }: Agent) => `/agents/${encodeURIComponent(id)}`;

const columns: Column<Agent>[] = [
  {
    id: "name",
    label: "Agent",
    width: 260,
    text: ({ name, id }) => name ?? id,
    cell: (agent) => <TextLink href={hrefOf(agent)}>{agent.name ?? agent.id}</TextLink>,
  },
  {
    id: "status",
    label: "Status",
    width: 120,
    text: ({ status }) => status,
    cell: ({ status }) => <StateBadge state={status} />,
  },
  { id: "model", label: "Model", width: 220, text: ({ model }) => modelOf(model) },
  { id: "author", label: "Author", text: ({ authorId }) => authorId },
  dateColumn("updatedAt", "Changed"),
  dateColumn("createdAt", "Made", 190),
  { id: "activeVersionId", label: "Active version", width: 260, text: (row) => row.activeVersionId, isHidden: true },
  { id: "id", label: "Id", width: 220, text: ({ id }) => id, isHidden: true },
];

const fields = [
  { name: "status", label: "Status", options: ["draft", "published", "archived"] },
  { name: "author", label: "Author" },
];

/** Stored agents, whoever made them. */
export function AgentList() {
  const { sort, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList({
    path: agentsPath,
    query: { status: filters.status, authorId: filters.author, orderBy: orderByOf(sort) },
    rowsOf: agentsOf,
  });
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <Screen title="Agents">
      <DataTable
        id="agents"
        what="agents"
        list={list}
        columns={columns}
        rowId={({ id }) => id}
        hrefOf={hrefOf}
        onOpen={({ id }) => void navigate({ to: "/agents/$agentId", params: { agentId: id } })}
        sort={sort}
        onSort={(next) => void navigate({ search: { ...filters, sort: next as typeof sort }, replace: true })}
        empty={{
          title: "No agent is stored yet",
          help: "An agent appears here when its configuration is kept in the storage, not in code.",
          snippet: `const agents = await storage.getStore("agents");
await agents.create({
  agent: { id: "desk", name: "Desk", instructions: "Answer letters.", model: { provider: "openai", name: "gpt-5" } },
});`,
        }}
        clear={isFiltered ? () => void navigate({ search: { sort } }) : undefined}
        toolbar={
          <FilterBar
            fields={fields}
            values={filters}
            onChange={(next) => void navigate({ search: { ...(next as typeof filters), sort }, replace: true })}
          />
        }
      />
    </Screen>
  );
}
