import { Alert, Group, Select, SimpleGrid, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { curlOf } from "../../api/client.ts";
import { allResults, type Experiment, getExperiment, resultsPath } from "../../api/experiments.ts";
import type { List } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { DataTable } from "../../components/data-table.tsx";
import { DiffView } from "../../components/diff-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { SidePanel } from "../../components/side-panel.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { shortOf } from "../datasets/item-table.tsx";
import {
  type CellScore,
  type ComparedItem,
  type Comparison,
  compare,
  mostRuns,
  shownDelta,
  shownScore,
} from "./comparison.ts";
import { Value } from "./result-view.tsx";

const route = getRouteApi("/experiments/compare");

/** Up to five experiments item by item, each score with its signed difference from the baseline's. */
export function ExperimentCompare() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const ids = useMemo(
    () => [...new Set((search.ids ?? "").split(",").filter(Boolean))].slice(0, mostRuns),
    [search.ids],
  );
  const baseline = search.baseline && ids.includes(search.baseline) ? search.baseline : (ids[0] ?? "");
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ["compare", ids],
    queryFn: ({ signal }) =>
      Promise.all(
        ids.map(async (id) => {
          const [experiment, results] = await Promise.all([getExperiment(id, signal), allResults(id, signal)]);
          return { id, experiment, results };
        }),
      ),
    enabled: ids.length > 1,
  });
  const comparison = useMemo(() => data && compare(data, baseline), [data, baseline]);
  const rows = useMemo(
    () => comparison?.items.filter(({ isRegression }) => search.only !== "regressions" || isRegression) ?? [],
    [comparison, search.only],
  );
  const runs = useMemo(() => data?.map(({ experiment }) => experiment) ?? [], [data]);
  const columns = useMemo(
    () => (comparison ? columnsOf(runs, comparison.scorers, baseline) : []),
    [comparison, runs, baseline],
  );
  const versions = new Set(runs.map(({ datasetId, datasetVersion }) => `${datasetId} ${datasetVersion}`));
  const set = (next: Partial<typeof search>) => void navigate({ search: { ...search, ...next }, replace: true });
  const shown = comparison?.items.find(({ itemId }) => itemId === search.item);
  const list: List<ComparedItem> = {
    rows,
    total: rows.length,
    isPending: false,
    isStale: false,
    error: null,
    hasMore: false,
    isLoadingMore: false,
    loadMore: () => {},
    reload: () => void refetch(),
    async *everyRow() {
      yield rows;
    },
    curl: curlOf(resultsPath(baseline)),
  };
  return (
    <Screen title="Comparison" parents={[{ label: "Experiments", to: "/experiments" }]}>
      {ids.length < 2 && <Empty title="Two experiments are needed" help="Select them in the list of experiments." />}
      {error && <Failed what="the comparison" error={error} retry={() => void refetch()} />}
      {ids.length > 1 && isPending && <Loading />}
      {comparison && (
        <>
          {versions.size > 1 && (
            <Alert variant="default" title="These experiments ran over different versions of the data">
              An item may not be the same in all of them.
            </Alert>
          )}
          <Counts runs={runs} comparison={comparison} baseline={baseline} />
          <Group className="fill" align="stretch" wrap="nowrap">
            <div className="fill tab-table">
              <DataTable
                id="experiment-comparison"
                what="items"
                list={list}
                columns={columns}
                rowId={({ itemId }) => itemId}
                onOpen={({ itemId }) => set({ item: itemId })}
                empty={{ title: "These experiments have no item in common" }}
                clear={search.only ? () => set({ only: undefined }) : undefined}
                toolbar={
                  <Group gap="sm" data-filter>
                    <Select
                      size="xs"
                      aria-label="Baseline"
                      data={runs.map((run) => ({ value: run.id, label: `Baseline: ${nameOf(run)}` }))}
                      value={baseline}
                      allowDeselect={false}
                      onChange={(value) => set({ baseline: value ?? undefined })}
                    />
                    <Switch
                      size="xs"
                      label="Only regressions"
                      checked={search.only === "regressions"}
                      onChange={({ currentTarget }) => set({ only: currentTarget.checked ? "regressions" : undefined })}
                    />
                  </Group>
                }
              />
            </div>
            {shown && (
              <SidePanel title="Item" width={520} onClose={() => set({ item: undefined })}>
                <Outputs item={shown} runs={runs} baseline={baseline} />
              </SidePanel>
            )}
          </Group>
        </>
      )}
    </Screen>
  );
}

const nameOf = ({ name, id }: Experiment) => (name ? `${name} (${id.slice(0, 8)})` : id);

function columnsOf(runs: readonly Experiment[], scorers: readonly string[], baseline: string): Column<ComparedItem>[] {
  const scores = runs.flatMap((run) =>
    scorers.map((scorer): Column<ComparedItem> => {
      const scoreOf = ({ cells }: ComparedItem) => cells[run.id]?.scores[scorer];
      return {
        id: `${run.id} ${scorer}`,
        label: `${scorer} · ${nameOf(run)}${run.id === baseline ? " · baseline" : ""}`,
        width: 240,
        isNumber: true,
        text: (item) => scoreOf(item)?.mean,
        cell: (item) => <Score score={scoreOf(item)} hasFailed={Boolean(item.cells[run.id]?.result.error)} />,
      };
    }),
  );
  return [{ id: "input", label: "Input", width: 320, text: ({ input }) => shortOf(input) }, ...scores];
}

const colors = { improved: "light-dark(#1b6e35, #7ee2a8)", worse: "light-dark(#a61b1b, #ff9b9b)", equal: undefined };

/** The sign says what the colour does. */
function Score({ score, hasFailed }: { score: CellScore | undefined; hasFailed: boolean }) {
  if (!score) return hasFailed ? "failed" : "–";
  const { mean, spread, delta, verdict } = score;
  return (
    <>
      {shownScore(mean)}
      {spread !== undefined && ` ± ${shownScore(spread)}`}{" "}
      {delta !== undefined && verdict !== "equal" && (
        <span style={{ color: verdict && colors[verdict] }}>{shownDelta(delta)}</span>
      )}
    </>
  );
}

interface CountsProps {
  runs: readonly Experiment[];
  comparison: Comparison;
  baseline: string;
}

function Counts({ runs, comparison, baseline }: CountsProps) {
  const { scorers, counts } = comparison;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} spacing="xs" role="group" aria-label="Against the baseline">
      {runs
        .filter(({ id }) => id !== baseline)
        .map((run) => (
          <div key={run.id}>
            <TextLink href={`/experiments/${encodeURIComponent(run.id)}`}>{nameOf(run)}</TextLink>
            {scorers.map((scorer) => {
              const { improved = 0, worse = 0, equal = 0 } = counts[run.id]?.[scorer] ?? {};
              return (
                <Text key={scorer} size="sm">
                  {scorer}: {improved} improved, {worse} worse, {equal} equal
                </Text>
              );
            })}
          </div>
        ))}
    </SimpleGrid>
  );
}

/** What each run answered, beside what the baseline did. */
function Outputs({ item, runs, baseline }: { item: ComparedItem; runs: readonly Experiment[]; baseline: string }) {
  const answerOf = (id: string) => {
    const result = item.cells[id]?.result;
    return result?.error ? result.error.message : result?.output;
  };
  return (
    <Stack gap="sm">
      <Value name="Input" value={item.input} />
      {item.groundTruth != null && <Value name="Expected" value={item.groundTruth} />}
      <Value name="Output of the baseline" value={answerOf(baseline)} />
      {runs
        .filter(({ id }) => id !== baseline)
        .map((run) => {
          const traceId = item.cells[run.id]?.result.traceId;
          return (
            <section key={run.id} aria-label={`Output of ${nameOf(run)}`}>
              <Title order={3} size="h6">
                {nameOf(run)}
              </Title>
              {item.cells[run.id] ? (
                <DiffView
                  before={answerOf(baseline)}
                  after={answerOf(run.id)}
                  label={`Output of ${nameOf(run)} against the baseline`}
                />
              ) : (
                <Text size="sm">has no such item</Text>
              )}
              {traceId && <TextLink href={`/traces/${encodeURIComponent(traceId)}`}>Trace</TextLink>}
            </section>
          );
        })}
    </Stack>
  );
}
