import { useRouter } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Sort } from "./column.ts";
import { DataTable, type DataTableProps } from "./data-table.tsx";
import { FilterBar, type FilterField } from "./filter-bar.tsx";
import { Screen } from "./screen.tsx";

type Filters = Readonly<Record<string, string | undefined>>;

interface RecordListProps<T>
  extends Omit<DataTableProps<T>, "sort" | "onSort" | "onOpen" | "clear" | "toolbar" | "hrefOf"> {
  title: string;
  hrefOf: (row: T) => string;
  fields: readonly FilterField[];
  /** What the address holds. */
  search: Filters & { sort: Sort };
  onSearch: (search: Filters & { sort: Sort }, isReplaced: boolean) => void;
  /** Stands after the filters. */
  actions?: ReactNode;
}

/** The screen of a list whose rows have screens of their own: filters and order are in the address. */
export function RecordList<T extends object>(props: RecordListProps<T>) {
  const { title, fields, search, onSearch, actions, hrefOf, ...table } = props;
  const { sort, ...filters } = search;
  const { history } = useRouter();
  const isFiltered = Object.values(filters).some(Boolean);
  return (
    <Screen title={title}>
      <DataTable
        {...table}
        hrefOf={hrefOf}
        onOpen={(row) => history.push(hrefOf(row))}
        sort={sort}
        onSort={(next) => onSearch({ ...filters, sort: next }, true)}
        clear={isFiltered ? () => onSearch({ sort }, false) : undefined}
        toolbar={
          <>
            <FilterBar fields={fields} values={filters} onChange={(next) => onSearch({ ...next, sort }, true)} />
            {actions}
          </>
        }
      />
    </Screen>
  );
}
