import { ActionIcon, Group, Select, Text, TextInput, Tooltip } from "@mantine/core";
import { IconDownload, IconRefresh } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { curlOf } from "../../api/client.ts";
import { getStructure, getTrace, getUsageOfCalls, tracePath } from "../../api/traces.ts";
import { CopyCurl, CopyText } from "../../components/copy-text.tsx";
import { saveText } from "../../components/download.tsx";
import { Screen } from "../../components/screen.tsx";
import { SidePanel } from "../../components/side-panel.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { duration, Time } from "../../components/time.tsx";
import { money, number, tokens } from "./figures.ts";
import { SpanPanel } from "./span-panel.tsx";
import { firstToShow, rowsOf, treeOf, typesOf } from "./span-tree.ts";
import { Waterfall } from "./waterfall.tsx";

const route = getRouteApi("/traces/$traceId");
const parents = [{ label: "Traces", to: "/traces" }];

/** One trace: its spans in their order and time, and the one that is selected. */
export function TraceDetail() {
  const { traceId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [isClosed, setClosed] = useState(false);
  const structure = useQuery({
    queryKey: ["trace", traceId],
    queryFn: ({ signal }) => getStructure(traceId, signal),
  });
  const usage = useQuery({
    queryKey: ["usage-of-calls", traceId, structure.dataUpdatedAt],
    queryFn: ({ signal }) => getUsageOfCalls(traceId, signal),
    enabled: structure.isSuccess,
  });
  const spans = structure.data?.spans;
  const tree = useMemo(() => treeOf(spans ?? []), [spans]);
  const rows = useMemo(
    () => rowsOf(tree, folded, { text: search.q, type: search.type }),
    [tree, folded, search.q, search.type],
  );
  const measured = usage.data?.traces[0];
  const calls = useMemo(() => new Map((measured?.calls ?? []).map((call) => [call.spanId, call])), [measured]);

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
  const fold = (spanId: string, isFolded: boolean) => {
    const next = new Set(folded);
    if (isFolded) next.add(spanId);
    else next.delete(spanId);
    setFolded(next);
  };
  const download = async () => saveText(`${traceId}.json`, JSON.stringify(await getTrace(traceId), null, 2));

  return (
    <Screen
      title={root?.name || traceId}
      parents={parents}
      actions={
        <>
          <CopyText text={location.href} label="Copy the link" />
          <Tooltip label="Download JSON">
            <ActionIcon variant="default" aria-label="Download JSON" onClick={() => void download()}>
              <IconDownload size={16} />
            </ActionIcon>
          </Tooltip>
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
        {measured?.usage && <Text size="sm">{tokens(measured.usage)} tokens</Text>}
        {measured?.usage && <Text size="sm">{money(measured.usage)}</Text>}
        {measured && measured.models.length > 0 && <Text size="sm">{measured.models.join(", ")}</Text>}
        {root?.parentSpanId && <Text size="sm">its beginning is in another service</Text>}
      </Group>
      <Group gap="xs" data-filter role="search">
        <TextInput
          size="xs"
          w={220}
          aria-label="Find spans by name"
          placeholder="Find spans by name"
          value={search.q ?? ""}
          onChange={({ currentTarget }) => change({ q: currentTarget.value || undefined })}
        />
        <Select
          size="xs"
          w={180}
          aria-label="Type of span"
          placeholder="Type of span"
          data={typesOf(spans)}
          value={search.type ?? null}
          onChange={(type) => change({ type: type ?? undefined })}
          clearable
          clearButtonProps={{ "aria-label": "Clear the type" }}
        />
        {(search.q || search.type) && (
          <Text size="sm" c="dimmed" role="status">
            {number(rows.length)} of {number(spans.length)}
          </Text>
        )}
      </Group>
      <Group align="stretch" wrap="nowrap" gap="sm" className="fill">
        {rows.length > 0 ? (
          <Waterfall
            tree={tree}
            rows={rows}
            calls={calls}
            folded={folded}
            selected={selected}
            onFold={fold}
            onSelect={select}
          />
        ) : (
          <Empty title="No spans" clear={() => change({ q: undefined, type: undefined })} />
        )}
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
