import { Badge, Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { type Agent, type AgentVersion, agentVersionsOf, agentVersionsPath } from "../../api/agents.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const hrefOf = ({ agentId, id }: AgentVersion) =>
  `/agents/${encodeURIComponent(agentId)}?${new URLSearchParams({ v: id })}`;

const columnsOf = ({ activeVersionId }: Agent): Column<AgentVersion>[] => [
  {
    id: "versionNumber",
    label: "Version",
    width: 170,
    text: ({ versionNumber }) => versionNumber,
    cell: (version) => (
      <>
        <TextLink href={hrefOf(version)}>Version {version.versionNumber}</TextLink>{" "}
        {version.id === activeVersionId && (
          <Badge variant="default" size="sm">
            in force
          </Badge>
        )}
      </>
    ),
  },
  { id: "changeMessage", label: "Message", width: 280, text: ({ changeMessage }) => changeMessage },
  { id: "changedFields", label: "Changed", width: 220, text: ({ changedFields }) => changedFields?.join(", ") },
  {
    id: "createdAt",
    label: "Made",
    width: 190,
    text: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Time value={createdAt} />,
  },
  { id: "id", label: "Id", width: 260, text: ({ id }) => id, isHidden: true },
];

/** All versions, newest first; two selected can be compared. */
export function AgentVersions({ agent }: { agent: Agent }) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const columns = useMemo(() => columnsOf(agent), [agent]);
  const list = useList({ path: agentVersionsPath(agent.id), rowsOf: agentVersionsOf });
  const chosen = list.rows.filter(({ id }) => selected.has(id));
  const compare = () => {
    // The list is newest first.
    const [to, from] = chosen;
    void navigate({
      to: "/agents/$agentId/diff",
      params: { agentId: agent.id },
      search: { from: from?.id, to: to?.id },
    });
  };
  return (
    <DataTable
      id="agent-versions"
      what="versions"
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      hrefOf={hrefOf}
      onOpen={({ id }) =>
        void navigate({
          to: "/agents/$agentId",
          params: { agentId: agent.id },
          search: { v: id, tab: "configuration" },
        })
      }
      selection={{ ids: selected, onChange: setSelected }}
      empty={{ title: "This agent has no version" }}
      toolbar={
        <Button size="xs" variant="default" disabled={chosen.length !== 2} onClick={compare}>
          Compare the two selected
        </Button>
      }
    />
  );
}
