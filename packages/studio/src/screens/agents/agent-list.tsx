import { getRouteApi } from "@tanstack/react-router";
import { type Agent, agentsOf, agentsPath } from "../../api/agents.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { dateColumn } from "../../components/date-column.tsx";
import { RecordList } from "../../components/record-list.tsx";
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
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList({
    path: agentsPath,
    query: { status: search.status, authorId: search.author, orderBy: orderByOf(search.sort) },
    rowsOf: agentsOf,
  });
  return (
    <RecordList
      title="Agents"
      id="agents"
      what="agents"
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      hrefOf={hrefOf}
      fields={fields}
      search={search}
      onSearch={(next, replace) => void navigate({ search: next as typeof search, replace })}
      empty={{
        title: "No agent is stored yet",
        help: "An agent appears here when its configuration is kept in the storage, not in code.",
        snippet: `const agents = await storage.getStore("agents");
await agents.create({
  agent: { id: "desk", name: "Desk", instructions: "Answer letters.", model: { provider: "openai", name: "gpt-5" } },
});`,
      }}
    />
  );
}
