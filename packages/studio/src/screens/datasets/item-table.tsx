import { useNavigate } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { type Dataset, type Item, itemsOf, itemsPath } from "../../api/datasets.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const hrefOf = ({ datasetId, id }: Item) =>
  `/datasets/${encodeURIComponent(datasetId)}/items/${encodeURIComponent(id)}`;

/** A value on one line. */
export const shortOf = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : typeof value === "string" ? value : JSON.stringify(value);

const fixed: Column<Item>[] = [
  {
    id: "input",
    label: "Input",
    width: 360,
    text: ({ input }) => shortOf(input),
    cell: (item) => <TextLink href={hrefOf(item)}>{shortOf(item.input)?.slice(0, 300) || "purged"}</TextLink>,
  },
  { id: "groundTruth", label: "Expected", width: 300, text: ({ groundTruth }) => shortOf(groundTruth) },
  { id: "externalId", label: "External id", text: ({ externalId }) => externalId },
  { id: "version", label: "Written at", width: 110, isNumber: true, text: ({ datasetVersion }) => datasetVersion },
  {
    id: "updatedAt",
    label: "Changed",
    text: ({ updatedAt }) => updatedAt,
    cell: ({ updatedAt }) => <Time value={updatedAt} relative />,
  },
  { id: "metadata", label: "Metadata", width: 220, text: ({ metadata }) => shortOf(metadata), isHidden: true },
  { id: "id", label: "Id", width: 280, text: ({ id }) => id, isHidden: true },
];

/** Columns for the members of inputs that are objects, to be chosen. */
function memberColumns(items: readonly Item[]): Column<Item>[] {
  const names = new Set<string>();
  for (const { input } of items.slice(0, 100)) {
    if (typeof input !== "object" || input === null || Array.isArray(input)) continue;
    for (const name of Object.keys(input)) if (names.size < 20) names.add(name);
  }
  return [...names].map((name) => ({
    id: `input.${name}`,
    label: `input.${name}`,
    width: 200,
    isHidden: true,
    text: ({ input }) => shortOf((input as Record<string, unknown> | null)?.[name]),
  }));
}

interface ItemTableProps {
  dataset: Dataset;
  version: string | undefined;
  search: string | undefined;
  onFilter: (filter: { v?: string | undefined; q?: string | undefined }) => void;
}

/** The items of a dataset as they were at a version. */
export function ItemTable({ dataset, version, search, onFilter }: ItemTableProps) {
  const navigate = useNavigate();
  const list = useList({
    path: itemsPath(dataset.id),
    query: { version, search },
    rowsOf: itemsOf,
  });
  // From the first rows seen: columns that came and went with a filter would be no choice.
  const [members, setMembers] = useState<Column<Item>[]>();
  useEffect(
    () => setMembers((known) => known ?? (list.rows.length > 0 ? memberColumns(list.rows) : undefined)),
    [list.rows],
  );
  const columns = useMemo(() => [...fixed, ...(members ?? [])], [members]);
  const newest = Array.from({ length: Math.min(dataset.version, 200) }, (_, at) => String(dataset.version - at));
  return (
    <DataTable
      key={members ? "with members" : "without"}
      id={`items-${dataset.id}`}
      what="items"
      list={list}
      columns={columns}
      rowId={({ id }) => id}
      hrefOf={hrefOf}
      onOpen={({ id }) =>
        void navigate({
          to: "/datasets/$datasetId/items/$itemId",
          params: { datasetId: dataset.id, itemId: id },
          search: {},
        })
      }
      empty={{ title: "This dataset has no items", help: "Import a file, or add items from a program." }}
      clear={search ? () => onFilter({ v: version }) : undefined}
      toolbar={
        <FilterBar
          fields={[
            { name: "q", label: "Text in an item" },
            { name: "v", label: "Version", options: newest },
          ]}
          values={{ q: search, v: version }}
          onChange={({ q, v }) => onFilter({ q, v })}
        />
      }
    />
  );
}
