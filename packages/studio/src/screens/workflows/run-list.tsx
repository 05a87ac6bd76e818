import { Group } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useList } from "../../api/list.ts";
import { getRunCounts, type RunRow, runsOf, runsPath } from "../../api/workflows.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration, Time } from "../../components/time.tsx";

const allRoute = getRouteApi("/workflows");
const oneRoute = getRouteApi("/workflows/$name/runs");
const at = encodeURIComponent;
const hrefOf = ({ workflowName, runId }: RunRow) => `/workflows/${at(workflowName)}/runs/${at(runId)}`;
const lengthOf = ({ createdAt, updatedAt }: RunRow) => Date.parse(updatedAt) - Date.parse(createdAt);

const columns: Column<RunRow>[] = [
  {
    id: "run",
    label: "Run",
    width: 260,
    text: ({ runId }) => runId,
    cell: (run) => <TextLink href={hrefOf(run)}>{run.runId}</TextLink>,
  },
  {
    id: "workflow",
    label: "Workflow",
    text: ({ workflowName }) => workflowName,
    cell: ({ workflowName }) => <TextLink href={`/workflows/${at(workflowName)}/runs`}>{workflowName}</TextLink>,
  },
  {
    id: "state",
    label: "State",
    width: 120,
    text: ({ status }) => status,
    cell: ({ status }) => <StateBadge state={status} />,
  },
  {
    id: "started",
    label: "Started",
    width: 220,
    text: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Time value={createdAt} />,
  },
  {
    id: "changed",
    label: "Last change",
    width: 130,
    text: ({ updatedAt }) => updatedAt,
    cell: ({ updatedAt }) => <Time value={updatedAt} relative />,
  },
  {
    id: "duration",
    label: "From start to change",
    width: 150,
    isNumber: true,
    text: lengthOf,
    cell: (run) => duration(lengthOf(run)),
  },
  { id: "steps", label: "Current step", text: ({ currentSteps }) => currentSteps.join(", ") || undefined },
  { id: "resource", label: "Resource", text: ({ resourceId }) => resourceId },
  { id: "error", label: "Error", width: 260, text: ({ error }) => error },
];

const states = ["running", "waiting", "suspended", "paused", "pending", "success", "failed", "canceled"];
const fields = [
  { name: "status", label: "State", options: states },
  { name: "resource", label: "Resource id" },
  { name: "from", label: "Started from", placeholder: "Started from, as 2026-01-31", width: 200 },
];

interface Filters {
  status?: string | undefined;
  resource?: string | undefined;
  from?: string | undefined;
}

/** Runs of every workflow. */
export function AllRuns() {
  const navigate = allRoute.useNavigate();
  return (
    <Runs
      title="Workflow runs"
      filters={allRoute.useSearch()}
      onFilter={(search) => void navigate({ search, replace: true })}
    />
  );
}

/** Runs of one workflow. */
export function WorkflowRuns() {
  const { name } = oneRoute.useParams();
  const navigate = oneRoute.useNavigate();
  return (
    <Runs
      title={name}
      workflowName={name}
      filters={oneRoute.useSearch()}
      onFilter={(search) => void navigate({ search, replace: true })}
    />
  );
}

interface RunsProps {
  title: string;
  workflowName?: string;
  filters: Filters;
  onFilter: (filters: Filters) => void;
}

function Runs({ title, workflowName, filters, onFilter }: RunsProps) {
  const navigate = useNavigate();
  const { status, resource, from } = filters;
  const isDate = from !== undefined && !Number.isNaN(Date.parse(from));
  const query = {
    workflowName,
    status,
    resourceId: resource,
    fromDate: isDate ? new Date(from).toISOString() : undefined,
  };
  const list = useList({ path: runsPath, query, rowsOf: runsOf });
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <Screen
      title={title}
      parents={workflowName === undefined ? [] : [{ label: "Workflow runs", to: "/workflows" }]}
      actions={<Counts workflowName={workflowName} />}
    >
      <DataTable
        id="runs"
        what="runs"
        list={list}
        columns={columns}
        rowId={({ workflowName, runId }) => `${workflowName}/${runId}`}
        hrefOf={hrefOf}
        onOpen={(run) => void navigate({ to: hrefOf(run) })}
        empty={{
          title: "No workflow has run yet",
          help: "A run appears here as soon as its snapshot is saved.",
          snippet: `const workflows = await storage.getStore("workflows");
await workflows.persistWorkflowSnapshot({ workflowName: "greet", runId: "1", snapshot });`,
        }}
        clear={isFiltered ? () => onFilter({}) : undefined}
        toolbar={<FilterBar fields={fields} values={{ ...filters }} onChange={onFilter} />}
      />
    </Screen>
  );
}

/** Runs under way. */
function Counts({ workflowName }: { workflowName: string | undefined }) {
  const { data = {} } = useQuery({ queryKey: ["run-counts"], queryFn: ({ signal }) => getRunCounts(signal) });
  const chosen =
    workflowName === undefined ? Object.values(data) : [data[workflowName] ?? { running: 0, suspended: 0 }];
  const sum = (state: "running" | "suspended") => chosen.reduce((total, counts) => total + counts[state], 0);
  return (
    <Group gap="xs">
      <StateBadge state="running" count={sum("running")} />
      <StateBadge state="suspended" count={sum("suspended")} />
    </Group>
  );
}
