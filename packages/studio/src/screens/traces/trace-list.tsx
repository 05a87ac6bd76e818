import { SegmentedControl } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useList } from "../../api/list.ts";
import { tracesOf, tracesPath } from "../../api/traces.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { orderByOf } from "../../components/sort.ts";
import { StateBadge } from "../../components/state-badge.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration, Time } from "../../components/time.tsx";
import { money, number } from "./figures.ts";
import { Histogram } from "./histogram.tsx";
import { Live } from "./live.tsx";
import { rangeNames, startOf } from "./time-range.ts";
import { type MeasuredTrace, useMeasured } from "./use-usage.ts";

const route = getRouteApi("/traces");
const hrefOf = ({ traceId }: MeasuredTrace) => `/traces/${encodeURIComponent(traceId)}`;
const lengthOf = ({ startedAt, endedAt }: MeasuredTrace) =>
  endedAt === null ? undefined : Date.parse(endedAt) - Date.parse(startedAt);
const usageOf = ({ measured }: MeasuredTrace) => measured?.usage ?? undefined;

const columns: Column<MeasuredTrace>[] = [
  {
    id: "startedAt",
    label: "Start",
    width: 220,
    sortField: "startedAt",
    text: ({ startedAt }) => startedAt,
    cell: ({ startedAt }) => <Time value={startedAt} />,
  },
  {
    id: "name",
    label: "Name",
    width: 280,
    text: ({ name }) => name,
    cell: (trace) => (
      <>
        <TextLink href={hrefOf(trace)}>{trace.name || trace.traceId}</TextLink>
        {/* A trace whose root is in another service, or has not come yet. */}
        {trace.parentSpanId !== null && " (part of a trace)"}
      </>
    ),
  },
  { id: "entity", label: "Entity", text: ({ entityName, entityId }) => entityName ?? entityId },
  {
    id: "status",
    label: "Status",
    width: 110,
    text: ({ status }) => status,
    cell: ({ status }) => <StateBadge state={status} />,
  },
  {
    id: "duration",
    label: "Duration",
    width: 100,
    isNumber: true,
    text: lengthOf,
    cell: (trace) => duration(lengthOf(trace)),
  },
  {
    id: "spans",
    label: "Spans",
    width: 80,
    isNumber: true,
    text: ({ measured }) => measured?.spanCount,
    cell: ({ measured }) => number(measured?.spanCount),
  },
  { id: "models", label: "Model", width: 140, text: ({ measured }) => measured?.models.join(", ") || undefined },
  {
    id: "input",
    label: "Input tokens",
    width: 110,
    isNumber: true,
    text: (trace) => usageOf(trace)?.input,
    cell: (trace) => number(usageOf(trace)?.input),
  },
  {
    id: "output",
    label: "Output tokens",
    width: 120,
    isNumber: true,
    text: (trace) => usageOf(trace)?.output,
    cell: (trace) => number(usageOf(trace)?.output),
  },
  {
    id: "cached",
    label: "Cached tokens",
    width: 120,
    isNumber: true,
    isHidden: true,
    text: (trace) => usageOf(trace)?.cacheRead,
    cell: (trace) => number(usageOf(trace)?.cacheRead),
  },
  {
    id: "reasoning",
    label: "Reasoning tokens",
    width: 140,
    isNumber: true,
    isHidden: true,
    text: (trace) => usageOf(trace)?.reasoning,
    cell: (trace) => number(usageOf(trace)?.reasoning),
  },
  {
    id: "cost",
    label: "Cost",
    width: 90,
    isNumber: true,
    text: (trace) => usageOf(trace)?.estimatedCost,
    cell: (trace) => money(usageOf(trace)),
  },
  { id: "input preview", label: "Input", width: 260, text: ({ inputPreview }) => inputPreview },
  { id: "id", label: "Id", width: 280, text: ({ traceId }) => traceId, isHidden: true },
];

const fields = [
  { name: "status", label: "Status", options: ["success", "error", "running"], width: 120 },
  { name: "entity", label: "Entity name" },
  { name: "type", label: "Type of the first span", width: 170 },
  { name: "thread", label: "Thread id" },
  { name: "resource", label: "Resource id" },
  { name: "run", label: "Run id" },
  { name: "environment", label: "Environment", width: 130 },
  { name: "tag", label: "Tag", width: 110 },
];

/** Traces, the latest first, with what they took and cost. */
export function TraceList() {
  const { sort, range, ...filters } = route.useSearch();
  const navigate = route.useNavigate();
  // Taken once: a window that moved with the clock would fetch under the reader's eyes.
  const start = useMemo(() => startOf(range), [range]);
  const query = {
    entityName: filters.entity,
    status: filters.status,
    spanType: filters.type,
    threadId: filters.thread,
    resourceId: filters.resource,
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
        <SegmentedControl
          size="xs"
          aria-label="How far back"
          data={[...rangeNames]}
          value={range}
          onChange={(next) =>
            void navigate({ search: { ...filters, sort, range: next as typeof range }, replace: true })
          }
        />
      }
    >
      <Histogram range={range} where={conditionOf(filters)} />
      <DataTable
        id="traces"
        what="traces"
        list={list}
        columns={columns}
        rowId={({ traceId }) => traceId}
        hrefOf={hrefOf}
        onOpen={({ traceId }) => void navigate({ to: "/traces/$traceId", params: { traceId } })}
        sort={sort}
        onSort={(next) => void navigate({ search: { ...filters, range, sort: next as typeof sort }, replace: true })}
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
          </>
        }
      />
    </Screen>
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
