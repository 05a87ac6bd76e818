import { ActionIcon, Button, Group, Text, Tooltip } from "@mantine/core";
import { IconArrowsDiff, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { curlOf } from "../../api/client.ts";
import { getCalls, getStructure, getUsage, tracePath } from "../../api/traces.ts";
import { CopyCurl, CopyText } from "../../components/copy-text.tsx";
import { Screen } from "../../components/screen.tsx";
import { SidePanel } from "../../components/side-panel.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { duration, Time } from "../../components/time.tsx";
import { money, number, tokens } from "./figures.ts";
import { SpanPanel } from "./span-panel.tsx";
import { firstToShow, treeOf } from "./span-tree.ts";
import { TraceDownload } from "./trace-download.tsx";
import { TraceSpans } from "./trace-spans.tsx";

const route = getRouteApi("/traces/$traceId");
const parents = [{ label: "Traces", to: "/traces" }];

/** One trace: its spans in their order and time, and the one that is selected. */
export function TraceDetail() {
  const { traceId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [isClosed, setClosed] = useState(false);
  const structure = useQuery({
    queryKey: ["trace", traceId],
    queryFn: ({ signal }) => getStructure(traceId, signal),
  });
  const usage = useQuery({
    queryKey: ["usage", traceId, structure.dataUpdatedAt],
    queryFn: async ({ signal }) => (await getUsage([traceId], signal)).traces[0] ?? null,
    enabled: structure.isSuccess,
  });
  const callsAnswer = useQuery({
    queryKey: ["calls", traceId, structure.dataUpdatedAt],
    queryFn: ({ signal }) => getCalls(traceId, signal),
    enabled: structure.isSuccess,
  });
  const spans = structure.data?.spans;
  const tree = useMemo(() => treeOf(spans ?? []), [spans]);
  const measured = usage.data;
  const calls = useMemo(
    () => new Map((callsAnswer.data?.calls ?? []).map((call) => [call.spanId, call])),
    [callsAnswer.data],
  );

  if (structure.error) {
    return (
      <Screen title="Trace" parents={parents}>
        <Failed what={`the trace ${traceId}`} error={structure.error} retry={() => void structure.refetch()} />
      </Screen>
    );
  }
  if (!spans) {
    return (
      <Screen title="Trace" parents={parents}>
        <Loading rows={12} />
      </Screen>
    );
  }
  const selected = search.span ?? firstToShow(tree);
  const node = selected === undefined ? undefined : tree.byId.get(selected);
  const root = tree.roots[0]?.span;
  const select = (span: string) => {
    setClosed(false);
    void navigate({ search: { ...search, span }, replace: true });
  };
  const change = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next }, replace: true });

  return (
    <Screen
      title={root?.name || traceId}
      parents={parents}
      actions={
        <>
          <CopyText text={location.href} label="Copy the link" />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowsDiff size={14} />}
            onClick={() => void navigate({ to: "/traces/compare", search: { a: traceId } })}
          >
            Compare
          </Button>
          <TraceDownload traceId={traceId} />
          <CopyCurl curl={curlOf(tracePath(traceId))} />
          <Tooltip label="Reload">
            <ActionIcon variant="default" aria-label="Reload" onClick={() => void structure.refetch()}>
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
        </>
      }
    >
      <Group gap="md">
        {root && <StateBadge state={root.status} />}
        <Text size="sm" component="div">
          <Time value={root?.startedAt} />
        </Text>
        <Text size="sm">{duration(tree.end - tree.start)}</Text>
        <Text size="sm">{number(spans.length)} spans</Text>
        {measured?.firstTokenMs != null && <Text size="sm">first token after {duration(measured.firstTokenMs)}</Text>}
        {measured?.usage && <Text size="sm">{tokens(measured.usage)} tokens</Text>}
        {measured?.usage && <Text size="sm">{money(measured.usage)}</Text>}
        {measured && measured.models.length > 0 && <Text size="sm">{measured.models.join(", ")}</Text>}
        {root?.parentSpanId && <Text size="sm">its beginning is in another service</Text>}
      </Group>
      <Group align="stretch" wrap="nowrap" gap="sm" className="fill">
        <TraceSpans
          traceId={traceId}
          tree={tree}
          calls={calls}
          search={search}
          onSearch={change}
          selected={selected}
          onSelect={select}
        />
        {node && !isClosed && (
          <SidePanel title={node.span.name || node.span.spanId} width={460} onClose={() => setClosed(true)}>
            <SpanPanel
              light={node.span}
              call={calls.get(node.span.spanId)}
              tab={search.tab ?? "io"}
              onTab={(tab) => change({ tab })}
            />
          </SidePanel>
        )}
      </Group>
    </Screen>
  );
}
