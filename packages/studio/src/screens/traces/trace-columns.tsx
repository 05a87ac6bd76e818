import type { Column } from "../../components/column.ts";
import { StateBadge } from "../../components/state-badge.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration, Time } from "../../components/time.tsx";
import { money, number } from "./figures.ts";
import type { MeasuredTrace } from "./use-usage.ts";

export const traceHref = ({ traceId }: MeasuredTrace) => `/traces/${encodeURIComponent(traceId)}`;
const lengthOf = ({ startedAt, endedAt }: MeasuredTrace) =>
  endedAt === null ? undefined : Date.parse(endedAt) - Date.parse(startedAt);
const linkTo = (screen: string, id: string | null | undefined) =>
  id ? <TextLink href={`${screen}/${encodeURIComponent(id)}`}>{id}</TextLink> : "–";
const usageOf = ({ measured }: MeasuredTrace) => measured?.usage ?? undefined;

/** Everything a list of traces can show; what few look for is chosen. */
export const traceColumns: Column<MeasuredTrace>[] = [
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
        <TextLink href={traceHref(trace)}>{trace.name || trace.traceId}</TextLink>
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
    id: "first token",
    label: "First token",
    width: 110,
    isNumber: true,
    text: ({ measured }) => measured?.firstTokenMs,
    cell: ({ measured }) => duration(measured?.firstTokenMs),
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
  {
    id: "thread",
    label: "Thread",
    text: ({ context }) => context?.threadId,
    cell: ({ context }) => linkTo("/threads", context?.threadId),
  },
  {
    id: "resource",
    label: "Resource",
    width: 140,
    text: ({ context }) => context?.resourceId,
    cell: ({ context }) => linkTo("/resources", context?.resourceId),
  },
  { id: "user", label: "User", width: 140, text: ({ context }) => context?.userId, isHidden: true },
  { id: "session", label: "Session", text: ({ context }) => context?.sessionId, isHidden: true },
  { id: "run", label: "Run", text: ({ context }) => context?.runId, isHidden: true },
  { id: "environment", label: "Environment", width: 120, text: ({ context }) => context?.environment, isHidden: true },
  { id: "service", label: "Service", width: 140, text: ({ context }) => context?.serviceName, isHidden: true },
  { id: "tags", label: "Tags", text: ({ context }) => context?.tags?.join(", "), isHidden: true },
  { id: "input preview", label: "Input", width: 260, text: ({ inputPreview }) => inputPreview },
  { id: "id", label: "Id", width: 280, text: ({ traceId }) => traceId, isHidden: true },
];
