import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { type Dataset, type Version, versionsOf, versionsPath } from "../../api/datasets.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const hrefOf = ({ datasetId, version }: Version) => `/datasets/${encodeURIComponent(datasetId)}?v=${version}`;

const diffOf = ({ datasetId, version }: Version) =>
  `/datasets/${encodeURIComponent(datasetId)}/diff?from=${version - 1}&to=${version}`;

const columns: Column<Version>[] = [
  {
    id: "version",
    label: "Version",
    width: 160,
    text: ({ version }) => version,
    cell: (row) => <TextLink href={hrefOf(row)}>Version {row.version}</TextLink>,
  },
  {
    id: "createdAt",
    label: "Made",
    width: 220,
    text: ({ createdAt }) => createdAt,
    cell: ({ createdAt }) => <Time value={createdAt} />,
  },
  {
    id: "changes",
    label: "Changes",
    width: 220,
    text: () => undefined,
    cell: (row) => <TextLink href={diffOf(row)}>What version {row.version} changed</TextLink>,
  },
];

/** Every version, newest first; two selected can be compared. */
export function VersionTable({ dataset }: { dataset: Dataset }) {
  const navigate = useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const list = useList({ path: versionsPath(dataset.id), rowsOf: versionsOf });
  const numbers = [...selected].map(Number).sort((a, b) => a - b);
  const compare = () =>
    void navigate({
      to: "/datasets/$datasetId/diff",
      params: { datasetId: dataset.id },
      search: { from: String(numbers[0]), to: String(numbers[1]) },
    });
  return (
    <DataTable
      id="dataset-versions"
      what="versions"
      list={list}
      columns={columns}
      rowId={({ version }) => String(version)}
      hrefOf={hrefOf}
      onOpen={({ version }) =>
        void navigate({
          to: "/datasets/$datasetId",
          params: { datasetId: dataset.id },
          search: { tab: "items", v: String(version) },
        })
      }
      selection={{ ids: selected, onChange: setSelected }}
      empty={{ title: "Nothing was written yet", help: "Every change of items makes a version." }}
      toolbar={
        <Button size="xs" variant="default" disabled={numbers.length !== 2} onClick={compare}>
          Compare the two selected
        </Button>
      }
    />
  );
}
