import { Button, Group, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { getStructure, getUsage } from "../../../api/traces.ts";
import { CopyText } from "../../../components/copy-text.tsx";
import { Screen } from "../../../components/screen.tsx";
import { Empty, Failed, Loading } from "../../../components/states.tsx";
import { treeOf } from "../span-tree.ts";
import { align, differenceOf } from "./align.ts";
import { PairTable } from "./pair-table.tsx";
import { TraceChoice } from "./trace-choice.tsx";

const route = getRouteApi("/traces/compare");
const parents = [{ label: "Traces", to: "/traces" }];

/** Two traces side by side: spans of the same place in one row, what took longer and what only one of them has. */
export function TraceCompare() {
  const { a, b } = route.useSearch();
  const navigate = route.useNavigate();
  const [isOnlyChanged, setOnlyChanged] = useState(false);
  const [first, second] = [useTrace(a), useTrace(b)];
  const pairs = useMemo(() => {
    if (!first.data || !second.data) return undefined;
    return align(treeOf(first.data.spans), treeOf(second.data.spans));
  }, [first.data, second.data]);
  const shown = useMemo(
    () =>
      isOnlyChanged ? pairs?.filter((pair) => !pair.a || !pair.b || pair.a.span.status !== pair.b.span.status) : pairs,
    [pairs, isOnlyChanged],
  );
  const difference = pairs && differenceOf(pairs);
  const go = (search: { a?: string | undefined; b?: string | undefined }) =>
    void navigate({ search: { a, b, ...search }, replace: true });
  return (
    <Screen
      title="Compare traces"
      parents={parents}
      actions={
        <>
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowsExchange size={14} />}
            onClick={() => go({ a: b, b: a })}
          >
            Swap
          </Button>
          <CopyText text={location.href} label="Copy the link" />
        </>
      }
    >
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TraceChoice label="First" traceId={a} trace={first.data} onChange={(id) => go({ a: id })} />
        <TraceChoice label="Second" traceId={b} trace={second.data} onChange={(id) => go({ b: id })} />
      </SimpleGrid>
      {first.error && <Failed what={`the trace ${a}`} error={first.error} retry={() => void first.refetch()} />}
      {second.error && <Failed what={`the trace ${b}`} error={second.error} retry={() => void second.refetch()} />}
      {(first.isLoading || second.isLoading) && <Loading rows={8} />}
      {!(a && b) && <Empty title="Choose two traces" help="Their spans are then shown row by row." />}
      {difference && shown && (
        <Stack gap="xs" className="fill">
          <Group gap="md">
            <Text size="sm" role="status">
              {difference.both} in both, {difference.onlyA} only in the first, {difference.onlyB} only in the second
            </Text>
            <Switch
              size="xs"
              label="Only what is missing or ended otherwise"
              checked={isOnlyChanged}
              onChange={({ currentTarget }) => setOnlyChanged(currentTarget.checked)}
            />
          </Group>
          {shown.length > 0 ? <PairTable pairs={shown} /> : <Empty title="Nothing is missing, and all ended alike" />}
        </Stack>
      )}
    </Screen>
  );
}

function useTrace(traceId: string | undefined) {
  return useQuery({
    queryKey: ["compared-trace", traceId],
    queryFn: async ({ signal }) => {
      const id = traceId as string;
      const [{ spans }, { traces }] = await Promise.all([getStructure(id, signal), getUsage([id], signal)]);
      return { spans, usage: traces[0]?.usage ?? null };
    },
    enabled: traceId !== undefined,
  });
}
