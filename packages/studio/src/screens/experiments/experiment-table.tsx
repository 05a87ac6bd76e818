import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Query } from "../../api/client.ts";
import { datasetPath } from "../../api/datasets.ts";
import { type Experiment, experimentsOf, experimentsPath } from "../../api/experiments.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration, Time } from "../../components/time.tsx";
import { mostRuns } from "./comparison.ts";

const hrefOf = ({ id }: Experiment) => `/experiments/${encodeURIComponent(id)}`;
const took = ({ startedAt, completedAt }: Experiment) =>
  startedAt && completedAt ? Date.parse(completedAt) - Date.parse(startedAt) : undefined;
const share = ({ succeededCount, totalItems }: Experiment) =>
  totalItems > 0 ? Math.round((succeededCount / totalItems) * 100) : undefined;

const columns: Column<Experiment>[] = [
  {
    id: "name",
    label: "Experiment",
    width: 260,
    text: ({ name, id }) => name ?? id,
    cell: (run) => <TextLink href={hrefOf(run)}>{run.name ?? run.id}</TextLink>,
  },
  {
    id: "status",
    label: "State",
    width: 120,
    text: ({ status }) => status,
    cell: ({ status }) => <StateBadge state={status} />,
  },
  {
    id: "target",
    label: "Target",
    width: 180,
    text: ({ targetType, targetId }) => [targetType, targetId].filter(Boolean).join(" "),
  },
  {
    id: "dataset",
    label: "Dataset",
    width: 220,
    text: ({ datasetId, datasetVersion }) => datasetId && `${datasetId} v${datasetVersion}`,
    cell: ({ datasetId, datasetVersion }) =>
      datasetId ? (
        <TextLink href={`/datasets/${encodeURIComponent(datasetId)}?v=${datasetVersion}`}>
          version {datasetVersion} of {datasetId}
        </TextLink>
      ) : (
        "inline"
      ),
  },
  { id: "items", label: "Items", width: 80, isNumber: true, text: ({ totalItems }) => totalItems },
  { id: "succeeded", label: "Succeeded", width: 110, isNumber: true, text: ({ succeededCount }) => succeededCount },
  { id: "failed", label: "Failed", width: 80, isNumber: true, text: ({ failedCount }) => failedCount },
  {
    id: "share",
    label: "Share",
    width: 80,
    isNumber: true,
    text: (run) => {
      const percent = share(run);
      return percent === undefined ? undefined : `${percent} %`;
    },
  },
  {
    id: "duration",
    label: "Duration",
    width: 110,
    isNumber: true,
    text: took,
    cell: (run) => duration(took(run)),
  },
  {
    id: "createdAt",
    label: "Made",
    sortField: "createdAt",
    text: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Time value={createdAt} relative />,
  },
  { id: "id", label: "Id", width: 280, text: ({ id }) => id, isHidden: true },
];

interface ExperimentTableProps {
  datasetId?: string;
  query?: Query;
  sort?: string;
  onSort?: (sort: string) => void;
  clear?: (() => void) | undefined;
  toolbar?: ReactNode;
}

/** Experiments, of one dataset or of all; those selected can be compared. */
export function ExperimentTable({ datasetId, query, sort, onSort, clear, toolbar }: ExperimentTableProps) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const path = datasetId === undefined ? experimentsPath : `${datasetPath(datasetId)}/experiments`;
  const list = useList({ path, rowsOf: experimentsOf, ...(query && { query }) });
  // The oldest selected is what the others are held against.
  const ids = list.rows.filter(({ id }) => selected.has(id)).map(({ id }) => id);
  ids.reverse();
  const compare = () => void navigate({ to: "/experiments/compare", search: { ids: ids.join(","), baseline: ids[0] } });
  return (
    <DataTable
      id="experiments"
      what="experiments"
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      hrefOf={hrefOf}
      onOpen={({ id }) => void navigate({ to: "/experiments/$experimentId", params: { experimentId: id }, search: {} })}
      {...(sort !== undefined && { sort })}
      {...(onSort && { onSort })}
      selection={{ ids: selected, onChange: setSelected }}
      empty={{ title: "No experiments yet", help: "An experiment runs a target over the items of a dataset." }}
      clear={clear}
      toolbar={
        <>
          {toolbar}
          <Button size="xs" variant="default" disabled={ids.length < 2 || ids.length > mostRuns} onClick={compare}>
            {ids.length > mostRuns ? `Compare up to ${mostRuns}` : "Compare the selected"}
          </Button>
        </>
      }
    />
  );
}
