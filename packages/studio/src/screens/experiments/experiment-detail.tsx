import { Button, Card, Group, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useMemo } from "react";
import { curlOf } from "../../api/client.ts";
import {
  allResults,
  type Experiment,
  experimentPath,
  getExperiment,
  type Result,
  resultsOf,
  resultsPath,
} from "../../api/experiments.ts";
import { useList } from "../../api/list.ts";
import type { Column } from "../../components/column.ts";
import { CopyCurl } from "../../components/copy-text.tsx";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { SidePanel } from "../../components/side-panel.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { duration } from "../../components/time.tsx";
import { shortOf } from "../datasets/item-table.tsx";
import { meanScores, shownScore } from "./comparison.ts";
import { ResultView } from "./result-view.tsx";

const route = getRouteApi("/experiments/$experimentId");

/** One experiment: its figures and its results, one of which is shown beside them. */
export function ExperimentDetail() {
  const { experimentId } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { history } = useRouter();
  const { data, error, refetch } = useQuery({
    queryKey: ["experiment", experimentId],
    queryFn: ({ signal }) => getExperiment(experimentId, signal),
  });
  const list = useList({
    path: resultsPath(experimentId),
    query: { status: search.status, orderBy: oldestFirst },
    rowsOf: resultsOf,
  });
  const shown = list.rows.find(({ id }) => id === search.result);
  const show = (result: string | undefined) => void navigate({ search: { ...search, result }, replace: true });
  const address = `/experiments/${encodeURIComponent(experimentId)}`;
  return (
    <Screen
      title={data?.name ?? experimentId}
      parents={[{ label: "Experiments", to: "/experiments" }]}
      actions={
        <>
          {data && <StateBadge state={data.status} />}
          <Button size="xs" variant="default" onClick={() => history.push(`${address}/review`)}>
            Review
          </Button>
          <CopyCurl curl={curlOf(experimentPath(experimentId))} />
        </>
      }
    >
      {error && <Failed what="the experiment" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <Figures experiment={data} />}
      {data && (
        <Group className="fill" align="stretch" wrap="nowrap">
          <div className="fill tab-table">
            <DataTable
              id="experiment-results"
              what="results"
              list={list}
              columns={columns}
              rowId={({ id }) => id}
              hrefOf={({ id }) => `${address}?result=${encodeURIComponent(id)}`}
              onOpen={({ id }) => show(id)}
              empty={{ title: "No results yet" }}
              clear={search.status ? () => void navigate({ search: {}, replace: true }) : undefined}
              toolbar={
                <FilterBar
                  fields={fields}
                  values={{ status: search.status }}
                  onChange={({ status }) =>
                    void navigate({ search: { ...search, status: status as typeof search.status }, replace: true })
                  }
                />
              }
            />
          </div>
          {shown && (
            <SidePanel title="Result" width={460} onClose={() => show(undefined)}>
              <ResultView experiment={data} result={shown} onChange={list.reload} />
            </SidePanel>
          )}
        </Group>
      )}
    </Screen>
  );
}

const oldestFirst = { field: "createdAt", direction: "ASC" };
const fields = [{ name: "status", label: "Review", options: ["needs-review", "reviewed", "complete"] }];
const latency = ({ startedAt, completedAt }: Result) => Date.parse(completedAt) - Date.parse(startedAt);
const scoresOf = ({ scores = [] }: Result) =>
  scores.map(({ scorerId, score }) => `${scorerId} ${score === null ? "–" : shownScore(score)}`).join(", ");

const columns: Column<Result>[] = [
  { id: "input", label: "Input", width: 280, text: ({ input }) => shortOf(input) },
  {
    id: "output",
    label: "Output",
    width: 280,
    text: ({ output, error }) => (error ? error.message : shortOf(output)),
    cell: ({ output, error }) => (error ? <StateBadge state="failed" /> : shortOf(output)?.slice(0, 300)),
  },
  { id: "scores", label: "Scores", width: 200, text: scoresOf },
  { id: "latency", label: "Latency", width: 100, isNumber: true, text: latency, cell: (row) => duration(latency(row)) },
  {
    id: "status",
    label: "Review",
    width: 130,
    text: ({ status }) => status,
    cell: ({ status }) => (status ? <StateBadge state={status} /> : "–"),
  },
  { id: "tags", label: "Tags", width: 140, text: ({ tags }) => tags?.join(", ") },
  {
    id: "trace",
    label: "Trace",
    width: 100,
    text: ({ traceId }) => traceId,
    cell: ({ traceId }) => (traceId ? <TextLink href={`/traces/${encodeURIComponent(traceId)}`}>trace</TextLink> : "–"),
  },
  { id: "attempt", label: "Attempt", width: 90, isNumber: true, text: ({ attempt }) => attempt + 1, isHidden: true },
  { id: "item", label: "Item", width: 280, text: ({ itemId }) => itemId, isHidden: true },
];

/** What the experiment came to: counts, and the mean and spread of each scorer. */
function Figures({ experiment }: { experiment: Experiment }) {
  const { id, datasetId, datasetVersion, totalItems, succeededCount, failedCount, skippedCount } = experiment;
  const { data } = useQuery({ queryKey: ["results", id], queryFn: ({ signal }) => allResults(id, signal) });
  const scores = useMemo(() => Object.entries(meanScores(data ?? [])), [data]);
  return (
    <SimpleGrid cols={{ base: 2, sm: 4 }} spacing="sm">
      <Card withBorder padding="xs">
        <Text size="xs" c="dimmed">
          Succeeded
        </Text>
        <Text fw={600}>
          {succeededCount} of {totalItems}
        </Text>
        <Text size="xs">
          {failedCount} failed, {skippedCount} skipped
        </Text>
      </Card>
      <Card withBorder padding="xs">
        <Text size="xs" c="dimmed">
          Dataset
        </Text>
        {datasetId ? (
          <TextLink href={`/datasets/${encodeURIComponent(datasetId)}?v=${datasetVersion}`}>
            version {datasetVersion}
          </TextLink>
        ) : (
          <Text>inline</Text>
        )}
      </Card>
      {scores.map(([scorer, { mean, values }]) => (
        <Card key={scorer} withBorder padding="xs">
          <Text size="xs" c="dimmed">
            {scorer}
          </Text>
          <Stack gap={2}>
            <Title order={2} size="h5">
              {shownScore(mean)} on average
            </Title>
            <Text size="xs">
              {values.length} scores from {shownScore(Math.min(...values))} to {shownScore(Math.max(...values))}
            </Text>
          </Stack>
        </Card>
      ))}
    </SimpleGrid>
  );
}
