import { getRouteApi } from "@tanstack/react-router";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { orderByOf } from "../../components/sort.ts";
import { ExperimentTable } from "./experiment-table.tsx";

const route = getRouteApi("/experiments");

const fields = [
  { name: "status", label: "State", options: ["pending", "running", "completed", "failed"] },
  { name: "target", label: "Target", placeholder: "Id of the target" },
];

/** Every experiment, over all datasets. */
export function ExperimentList() {
  const { sort, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <Screen title="Experiments">
      <ExperimentTable
        query={{ status: filters.status, targetId: filters.target, orderBy: orderByOf(sort) }}
        sort={sort}
        onSort={(next) => void navigate({ search: { ...filters, sort: next as typeof sort }, replace: true })}
        clear={isFiltered ? () => void navigate({ search: { sort } }) : undefined}
        toolbar={
          <FilterBar
            fields={fields}
            values={filters}
            onChange={(next) => void navigate({ search: { ...next, sort }, replace: true })}
          />
        }
      />
    </Screen>
  );
}
