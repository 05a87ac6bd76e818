import { Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useCursorList } from "../../api/cursor-list.ts";
import { type ColumnShape, getTables, recordsPath, type StoredRecord, type TableShape } from "../../api/records.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { Screen } from "../../components/screen.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { ConditionBar } from "./condition-bar.tsx";
import { conditionsOf, textOf } from "./conditions.ts";
import { RecordPanel } from "./record-panel.tsx";
import { referenceOf } from "./references.ts";

const route = getRouteApi("/data/$domain/$table");

/** The records of one table: filtered, in the orders that its access paths give, and one of them beside. */
export function TableBrowser() {
  const { domain, table: name } = route.useParams();
  const { data, error, refetch } = useQuery({ queryKey: ["tables"], queryFn: ({ signal }) => getTables(signal) });
  const tables = data?.domains.find((entry) => entry.domain === domain)?.tables;
  const table = tables?.find((entry) => entry.name === name);
  return (
    <Screen
      title={name}
      parents={[
        { label: "Data", to: "/data" },
        { label: domain, to: "/data" },
      ]}
    >
      {error && <Failed what="the tables" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && !table && <Empty title={`There is no table ${name} in ${domain}`} />}
      {table && <Records key={`${domain} ${name}`} domain={domain} table={table} />}
    </Screen>
  );
}

function Records({ domain, table }: { domain: string; table: TableShape }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next }, replace: true });
  const conditions = useMemo(() => conditionsOf(search.where), [search.where]);
  const { order = "" } = search;
  const list = useCursorList<StoredRecord>({
    path: recordsPath(domain, table.name),
    query: {
      where: conditions.length > 0 ? conditions : undefined,
      path: order.replace(/^-/, ""),
      descending: order.startsWith("-") || undefined,
    },
    wholeQuery: { full: true },
  });
  const columns = useMemo(() => table.columns.map(columnOf), [table]);
  return (
    <Group align="stretch" wrap="nowrap" className="fill">
      <div className="fill tab-table">
        <DataTable
          id={`data-${table.name}`}
          what="records"
          list={list}
          columns={columns}
          rowId={idOf}
          onOpen={({ key }) => set({ record: JSON.stringify(key) })}
          empty={{ title: "No record is in this table" }}
          clear={conditions.length > 0 ? () => set({ where: undefined }) : undefined}
          toolbar={
            <>
              <Order table={table} value={order} onChange={(next) => set({ order: next })} />
              <ConditionBar
                columns={table.columns}
                conditions={conditions}
                onChange={(next) => set({ where: textOf(next) })}
              />
            </>
          }
        />
      </div>
      {search.record && (
        <RecordPanel domain={domain} table={table} record={search.record} onClose={() => set({ record: undefined })} />
      )}
    </Group>
  );
}

const idOf = ({ key }: StoredRecord) => JSON.stringify(key);

interface OrderProps {
  table: TableShape;
  value: string;
  onChange: (value: string | undefined) => void;
}

/** The ways in which the table is walked, either way round. */
function Order({ table, value, onChange }: OrderProps) {
  const options = table.paths.flatMap(({ name, eq, sort, onDemand }) => {
    const by = [...sort, ...(sort.length === 0 ? table.key : [])].join(", ");
    const needs = eq.length > 0 ? ` (needs ${eq.join(" and ")})` : "";
    const cost = onDemand ? " (an index is built first)" : "";
    return [
      { value: name, label: `By ${by}${needs}${cost}` },
      { value: `-${name}`, label: `By ${by}, greatest first${needs}${cost}` },
    ];
  });
  if (options.length === 0) return <Text size="sm">Read by its key</Text>;
  return (
    <Select
      size="xs"
      w={250}
      aria-label="Order"
      placeholder="The order that suits"
      data={options}
      value={value || null}
      clearable
      clearButtonProps={{ "aria-label": "Let the server choose the order" }}
      onChange={(next) => onChange(next ?? undefined)}
    />
  );
}

const widths: Partial<Record<ColumnShape["type"], number>> = { json: 280, timestamp: 210, boolean: 90 };

function columnOf({ name, type }: ColumnShape): Column<StoredRecord> {
  return {
    id: name,
    label: name,
    width: widths[type] ?? 170,
    isNumber: type === "integer" || type === "float" || type === "bigint",
    text: ({ values }) => {
      const value = values[name];
      if (value === null || value === undefined) return undefined;
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    },
    cell: (record) => {
      const value = record.values[name];
      if (value === null || value === undefined)
        return (
          <Text span size="xs" c="dimmed">
            null
          </Text>
        );
      if (type === "timestamp") return <Time value={String(value)} />;
      const reference = referenceOf(name, record);
      return reference ? <TextLink href={reference}>{String(value)}</TextLink> : String(value);
    },
  };
}
