import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { useBeside } from "../../api/beside.ts";
import { useList } from "../../api/list.ts";
import {
  deleteThread,
  getThreadFigures,
  type Thread,
  type ThreadFigures,
  threadListPath,
  threadsOf,
} from "../../api/memory.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import type { Column } from "../../components/column.ts";
import { confirm } from "../../components/confirm.tsx";
import { dateColumn } from "../../components/date-column.tsx";
import { RecordList } from "../../components/record-list.tsx";
import { orderByOf } from "../../components/sort.ts";
import { TextLink } from "../../components/text-link.tsx";
import { money, number } from "../traces/figures.ts";
import { conditionOf } from "./metadata-condition.ts";

const route = getRouteApi("/threads");
const idOf = ({ id }: Thread) => id;
const hrefOf = ({ id }: Thread) => `/threads/${encodeURIComponent(id)}`;

type Row = Thread & { beside?: ThreadFigures | undefined };

const tracesOf = ({ beside }: Row) => beside?.traces ?? undefined;
/** A sum in which something is missing: traces beyond those that were added up, or calls without a cost. */
const atLeast = (isPartial: boolean | undefined, text: string) => (isPartial ? `≥ ${text}` : text);

const columns: Column<Row>[] = [
  {
    id: "title",
    label: "Title",
    width: 320,
    text: ({ title }) => title,
    cell: (thread) => <TextLink href={hrefOf(thread)}>{thread.title || thread.id}</TextLink>,
  },
  {
    id: "resource",
    label: "Resource",
    text: ({ resourceId }) => resourceId,
    cell: ({ resourceId }) => <TextLink href={`/resources/${encodeURIComponent(resourceId)}`}>{resourceId}</TextLink>,
  },
  {
    id: "messages",
    label: "Messages",
    width: 100,
    isNumber: true,
    text: ({ beside }) => beside?.messages,
    cell: ({ beside }) => number(beside?.messages),
  },
  {
    id: "tokens",
    label: "Tokens in → out",
    width: 150,
    isNumber: true,
    text: (row) => tracesOf(row)?.inputTokens,
    cell: (row) => {
      const traces = tracesOf(row);
      return traces ? atLeast(traces.isPartial, `${number(traces.inputTokens)} → ${number(traces.outputTokens)}`) : "–";
    },
  },
  {
    id: "cost",
    label: "Cost",
    width: 100,
    isNumber: true,
    text: (row) => costsOf(row).join(" + "),
    cell: (row) => {
      const traces = tracesOf(row);
      if (!traces || costsOf(row).length === 0) return "–";
      return atLeast(traces.isPartial || traces.uncosted > 0, costsOf(row).join(" + "));
    },
  },
  {
    id: "traces",
    label: "Traces",
    width: 110,
    isNumber: true,
    text: (row) => tracesOf(row)?.count,
    cell: (row) => {
      const traces = tracesOf(row);
      if (!traces) return "–";
      const errors = traces.errors > 0 ? `, ${traces.errors} failed` : "";
      return (
        <TextLink href={`/traces?${new URLSearchParams({ thread: row.id })}`}>{`${traces.count}${errors}`}</TextLink>
      );
    },
  },
  dateColumn("updatedAt", "Last activity"),
  dateColumn("createdAt", "Begun", 220),
  {
    id: "metadata",
    label: "Metadata",
    width: 220,
    text: ({ metadata }) => (metadata && Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : undefined),
  },
  { id: "id", label: "Id", width: 220, text: ({ id }) => id, isHidden: true },
];

function costsOf(row: Row): string[] {
  const costs = Object.entries(tracesOf(row)?.costs ?? {});
  return costs.map(([unit, sum]) => money({ estimatedCost: sum, costUnit: unit || null }));
}

const fields = [
  { name: "title", label: "Text of the title", width: 160 },
  { name: "resource", label: "Resource" },
  { name: "metadata", label: "Metadata", placeholder: "Metadata, as key=value", width: 180 },
  { name: "from", label: "From", placeholder: "From, as 2026-01-31", width: 150 },
  { name: "to", label: "Up to", placeholder: "Up to, as 2026-01-31", width: 150 },
];

/** Every conversation, whoever's it is. */
export function ThreadList() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const isReadOnly = useReadOnly();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const metadata = conditionOf(search.metadata);
  const { from, to } = search;
  const threads = useList({
    path: threadListPath,
    query: {
      resourceId: search.resource,
      title: search.title,
      metadata,
      from,
      // A day without a time of its own is meant whole.
      to: to && /^\d{4}-\d\d-\d\d$/.test(to) ? `${to}T23:59:59.999Z` : to,
      orderBy: orderByOf(search.sort),
    },
    rowsOf: threadsOf,
  });
  const list = useBeside({ name: "thread-figures", list: threads, idOf, ask: getThreadFigures });
  const count = `${selected.size} ${selected.size === 1 ? "thread" : "threads"}`;
  const askToDelete = () =>
    confirm({
      title: `Delete ${count}?`,
      text: `This removes ${count} with all their messages. It cannot be undone.`,
      verb: `Delete ${count}`,
      typed: `delete ${selected.size}`,
      done: `${count} deleted`,
      run: async () => {
        for (const id of selected) await deleteThread(id);
      },
      after: () => {
        setSelected(new Set());
        list.reload();
      },
    });

  return (
    <RecordList
      title="Threads"
      id="threads"
      what="threads"
      list={list}
      columns={columns}
      rowId={idOf}
      hrefOf={hrefOf}
      fields={fields}
      search={search}
      onSearch={(next, replace) => void navigate({ search: next as typeof search, replace })}
      {...(!isReadOnly && { selection: { ids: selected, onChange: setSelected } })}
      empty={{
        title: "No conversations yet",
        help: "A thread appears here as soon as an agent, or any program, saves one.",
        snippet: `const memory = await storage.getStore("memory");
const now = new Date();
await memory.saveThread({
  thread: { id: "first", resourceId: "ada", title: "Hello", createdAt: now, updatedAt: now },
});`,
      }}
      actions={
        selected.size > 0 && (
          <Button size="xs" variant="default" leftSection={<IconTrash size={14} />} onClick={askToDelete}>
            Delete {count}
          </Button>
        )
      }
    />
  );
}
