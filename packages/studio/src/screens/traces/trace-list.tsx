import { Button, SegmentedControl } from "@mantine/core";
import { IconArrowsDiff } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useList } from "../../api/list.ts";
import { tracesOf, tracesPath } from "../../api/traces.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar, type FilterField } from "../../components/filter-bar.tsx";
import { SavedViews } from "../../components/saved-views.tsx";
import { Screen } from "../../components/screen.tsx";
import { orderByOf } from "../../components/sort.ts";
import { Histogram } from "./histogram.tsx";
import { Live } from "./live.tsx";
import { suggestOf } from "./suggest.ts";
import { rangeNames, startOf } from "./time-range.ts";
import { traceColumns, traceHref } from "./trace-columns.tsx";
import { useMeasured } from "./use-usage.ts";

const route = getRouteApi("/traces");
const fieldsSince = (since: string | undefined): FilterField[] => [
  { name: "status", label: "Status", options: ["success", "error", "running"], width: 120 },
  { name: "entity", label: "Entity name", suggest: suggestOf("entityName", since) },
  { name: "type", label: "Type of the first span", width: 170 },
  { name: "thread", label: "Thread id", suggest: suggestOf("threadId", since) },
  { name: "resource", label: "Resource id", suggest: suggestOf("resourceId", since) },
  { name: "user", label: "User id" },
  { name: "run", label: "Run id" },
  { name: "environment", label: "Environment", width: 130, suggest: suggestOf("environment", since) },
  { name: "tag", label: "Tag", width: 110, suggest: suggestOf("tags", since) },
];

/** Traces, the latest first, with what they took and cost. */
export function TraceList() {
  const { sort, range, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  // Taken once: a window that moved with the clock would fetch under the reader's eyes.
  const start = useMemo(() => startOf(range), [range]);
  const fields = useMemo(() => fieldsSince(start), [start]);
  const query = {
    entityName: filters.entity,
    status: filters.status,
    spanType: filters.type,
    threadId: filters.thread,
    resourceId: filters.resource,
    userId: filters.user,
    runId: filters.run,
    environment: filters.environment,
    tags: filters.tag && [filters.tag],
    startedAt: start && { start },
  };
  const list = useMeasured(
    useList({ path: tracesPath, query: { ...query, orderBy: orderByOf(sort) }, rowsOf: tracesOf }),
  );
  const isFiltered = Object.values(filters).some(Boolean) || range !== "all";
  return (
    <Screen
      title="Traces"
      actions={
        <>
          <SavedViews />
          <SegmentedControl
            size="xs"
            aria-label="How far back"
            data={[...rangeNames]}
            value={range}
            onChange={(next) =>
              void navigate({ search: { ...filters, sort, range: next as typeof range }, replace: true })
            }
          />
        </>
      }
    >
      <Histogram range={range} where={conditionOf(filters)} />
      <DataTable
        id="traces"
        what="traces"
        list={list}
        columns={traceColumns}
        rowId={({ traceId }) => traceId}
        hrefOf={traceHref}
        onOpen={({ traceId }) => void navigate({ to: "/traces/$traceId", params: { traceId } })}
        sort={sort}
        onSort={(next) => void navigate({ search: { ...filters, range, sort: next as typeof sort }, replace: true })}
        selection={{ ids: selected, onChange: setSelected }}
        empty={{
          title: "No traces yet",
          help: "Point an OpenTelemetry exporter at this server, or give your agent the exporter of @stowage/observability.",
          snippet: `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=${location.origin}/v1/traces`,
        }}
        clear={isFiltered ? () => void navigate({ search: { sort, range: "all" } }) : undefined}
        toolbar={
          <>
            <FilterBar
              fields={fields}
              values={filters}
              onChange={(next) =>
                void navigate({ search: { ...(next as typeof filters), range, sort }, replace: true })
              }
            />
            <Live filters={query} onShow={list.reload} />
            <CompareButton
              ids={[...selected]}
              onCompare={([a, b]) => void navigate({ to: "/traces/compare", search: { a, b } })}
            />
          </>
        }
      />
    </Screen>
  );
}

/** Two traces can be held side by side. */
function CompareButton({ ids, onCompare }: { ids: string[]; onCompare: (ids: string[]) => void }) {
  if (ids.length === 0) return null;
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconArrowsDiff size={14} />}
      disabled={ids.length !== 2}
      onClick={() => onCompare(ids)}
    >
      {ids.length === 2 ? "Compare the two" : "Choose two to compare"}
    </Button>
  );
}

/** The filters that a count by time knows too; the chart stands for all traces otherwise. */
function conditionOf(filters: {
  entity?: string | undefined;
  status?: string | undefined;
  thread?: string | undefined;
  resource?: string | undefined;
  environment?: string | undefined;
  tag?: string | undefined;
}) {
  const paths = {
    entity: "entityName",
    status: "status",
    thread: "threadId",
    resource: "resourceId",
    environment: "environment",
    tag: "tags",
  } as const;
  const args = (Object.keys(paths) as (keyof typeof paths)[]).flatMap((name) =>
    filters[name] ? [{ op: "eq", left: { path: paths[name] }, right: { literal: filters[name] } }] : [],
  );
  return args.length > 0 ? { op: "and", args } : undefined;
}
