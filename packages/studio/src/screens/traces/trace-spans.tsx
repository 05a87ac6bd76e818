import { Group, SegmentedControl, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import type { CallUsage } from "../../api/traces.ts";
import { Empty, Loading } from "../../components/states.tsx";
import { criticalPathOf } from "./critical-path.ts";
import { number } from "./figures.ts";
import { Flame } from "./flame.tsx";
import { Minimap } from "./minimap.tsx";
import { matching, rowsOf, type SpanTree, typesOf } from "./span-tree.ts";
import { readWindow, windowText } from "./time-window.ts";
import { TraceLog } from "./trace-log.tsx";
import { type TraceView, traceViews, viewLabels } from "./trace-views.ts";
import { Waterfall } from "./waterfall.tsx";

// The library that draws it is large, and few look at it.
const SpanGraphView = lazy(async () => ({ default: (await import("./span-graph-view.tsx")).SpanGraphView }));

interface SpanSearch {
  /** Part of a span's name. */
  q?: string | undefined;
  type?: string | undefined;
  view?: TraceView | undefined;
  zoom?: string | undefined;
  critical?: "on" | undefined;
}

interface TraceSpansProps {
  traceId: string;
  tree: SpanTree;
  calls: ReadonlyMap<string, CallUsage>;
  search: SpanSearch;
  onSearch: (next: SpanSearch) => void;
  selected: string | undefined;
  onSelect: (spanId: string) => void;
}

/** The spans of a trace in the view that was chosen, with what narrows them. */
export function TraceSpans({ traceId, tree, calls, search, onSearch, selected, onSelect }: TraceSpansProps) {
  const { q, type, view = "waterfall", zoom, critical: isCritical } = search;
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const filter = { text: q, type };
  const rows = useMemo(() => rowsOf(tree, folded, { text: q, type }), [tree, folded, q, type]);
  const kept = useMemo(() => matching(tree, { text: q, type }), [tree, q, type]);
  const critical = useMemo(() => (isCritical ? criticalPathOf(tree) : undefined), [isCritical, tree]);
  const types = useMemo(() => typesOf([...tree.byId.values()].map(({ span }) => span)), [tree]);
  const shownIds = useMemo(() => kept && new Set([...kept].map(({ span }) => span.spanId)), [kept]);
  const isFiltered = Boolean(filter.text || filter.type);
  const window = readWindow(zoom);
  const isInTime = view === "waterfall" || view === "flame";
  const fold = (spanId: string, isFolded: boolean) => {
    const next = new Set(folded);
    if (isFolded) next.add(spanId);
    else next.delete(spanId);
    setFolded(next);
  };
  const body = () => {
    if (isFiltered && kept?.size === 0) {
      return <Empty title="No spans" clear={() => onSearch({ q: undefined, type: undefined })} />;
    }
    switch (view) {
      case "flame":
        return (
          <Flame
            tree={tree}
            window={window}
            matching={kept}
            critical={critical}
            selected={selected}
            onSelect={onSelect}
          />
        );
      case "graph":
        return (
          <Suspense fallback={<Loading rows={8} />}>
            <SpanGraphView tree={tree} selected={selected} onSelect={onSelect} />
          </Suspense>
        );
      case "log":
        return <TraceLog traceId={traceId} spanIds={shownIds} selected={selected} onSelect={onSelect} />;
      default:
        return (
          <Waterfall
            tree={tree}
            rows={rows}
            calls={calls}
            folded={folded}
            window={window}
            critical={critical}
            selected={selected}
            onFold={fold}
            onSelect={onSelect}
          />
        );
    }
  };
  return (
    <Stack gap="xs" className="fill">
      <Group gap="xs">
        <SegmentedControl
          size="xs"
          aria-label="View"
          data={traceViews.map((value) => ({ value, label: viewLabels[value] }))}
          value={view}
          onChange={(next) => onSearch({ view: next === "waterfall" ? undefined : (next as TraceView) })}
        />
        <Group gap="xs" data-filter role="search">
          <TextInput
            size="xs"
            w={200}
            aria-label="Find spans by name"
            placeholder="Find spans by name"
            value={q ?? ""}
            onChange={({ currentTarget }) => onSearch({ q: currentTarget.value || undefined })}
          />
          <Select
            size="xs"
            w={170}
            aria-label="Type of span"
            placeholder="Type of span"
            data={types}
            value={type ?? null}
            onChange={(next) => onSearch({ type: next ?? undefined })}
            clearable
            clearButtonProps={{ "aria-label": "Clear the type" }}
          />
        </Group>
        {isInTime && (
          <Switch
            size="xs"
            label="Critical path"
            checked={isCritical === "on"}
            onChange={({ currentTarget }) => onSearch({ critical: currentTarget.checked ? "on" : undefined })}
          />
        )}
        {isFiltered && (
          <Text size="sm" c="dimmed" role="status">
            {number(kept?.size)} of {number(tree.byId.size)}
          </Text>
        )}
      </Group>
      {isInTime && <Minimap tree={tree} window={window} onChange={(next) => onSearch({ zoom: windowText(next) })} />}
      {body()}
    </Stack>
  );
}
