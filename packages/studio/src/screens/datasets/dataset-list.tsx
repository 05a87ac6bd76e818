import { getRouteApi } from "@tanstack/react-router";
import { type Dataset, datasetsOf, datasetsPath } from "../../api/datasets.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { dateColumn } from "../../components/date-column.tsx";
import { RecordList } from "../../components/record-list.tsx";
import { orderByOf } from "../../components/sort.ts";
import { TextLink } from "../../components/text-link.tsx";

const route = getRouteApi("/datasets");
const hrefOf = ({ id }: Dataset) => `/datasets/${encodeURIComponent(id)}`;

const columns: Column<Dataset>[] = [
  {
    id: "name",
    label: "Dataset",
    width: 280,
    sortField: "name",
    text: ({ name }) => name,
    cell: (dataset) => <TextLink href={hrefOf(dataset)}>{dataset.name}</TextLink>,
  },
  { id: "version", label: "Version", width: 100, isNumber: true, text: ({ version }) => version },
  { id: "description", label: "Description", width: 300, text: ({ description }) => description },
  { id: "targetType", label: "For", width: 120, text: ({ targetType }) => targetType },
  { id: "tags", label: "Tags", text: ({ tags }) => tags?.join(", ") },
  dateColumn("updatedAt", "Changed"),
  dateColumn("createdAt", "Made", 190),
  { id: "id", label: "Id", width: 280, text: ({ id }) => id, isHidden: true },
];

const fields = [
  { name: "name", label: "Name" },
  { name: "target", label: "For", options: ["agent", "workflow", "scorer", "processor"] },
];

/** Every dataset. */
export function DatasetList() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const list = useList({
    path: datasetsPath,
    query: { name: search.name, targetType: search.target, orderBy: orderByOf(search.sort) },
    rowsOf: datasetsOf,
  });
  return (
    <RecordList
      title="Datasets"
      id="datasets"
      what="datasets"
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      hrefOf={hrefOf}
      fields={fields}
      search={search}
      onSearch={(next, replace) => void navigate({ search: next as typeof search, replace })}
      empty={{
        title: "No datasets yet",
        help: "A dataset holds inputs, and what is expected of them, that experiments run over.",
        snippet: `const datasets = await storage.getStore("datasets");
const { id } = await datasets.createDataset({ name: "Letters" });
await datasets.addItem({ datasetId: id, input: "Which bulbs fit?", groundTruth: "E14" });`,
      }}
    />
  );
}
