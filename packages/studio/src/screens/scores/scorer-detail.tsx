import { Group, Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useList } from "../../api/list.ts";
import { evaluationsOf, evaluationsPath, signalsOf, signalsPath } from "../../api/scores.ts";
import { DataTable } from "../../components/data-table.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed } from "../../components/states.tsx";
import { scoreColumns, scoreHref } from "./columns.tsx";
import { reportOf, splits } from "./report.ts";
import { ScoreCharts } from "./score-charts.tsx";
import { distributionOf, passRate } from "./statistics.ts";

const route = getRouteApi("/scorers/$scorerId");
const parents = [{ label: "Scores", to: "/scores" }];

/** One scorer: how its scores are spread, how they went, and which were low. */
export function ScorerDetail() {
  const { scorerId } = route.useParams();
  const { kind, pass, by } = route.useSearch();
  const navigate = route.useNavigate();
  const isEvaluation = kind === "evaluation";
  const list = useList({
    path: isEvaluation ? evaluationsPath : signalsPath,
    query: { scorerId },
    rowsOf: isEvaluation ? evaluationsOf : signalsOf,
  });
  const lowFirst = useMemo(() => ({ ...list, rows: list.rows.toSorted((a, b) => a.score - b.score) }), [list]);
  const report = useQuery({
    queryKey: ["scorer-report", kind, scorerId, pass, by],
    queryFn: ({ signal }) => reportOf({ kind, scorerId, pass, by }, signal),
    placeholderData: (previous) => previous,
  });
  // Of scores beside traces the database tells no distribution: those that were loaded have to do.
  const loaded = list.rows.map(({ score }) => score);
  const {
    count = 0,
    mean,
    passRate: rate = passRate(loaded, pass),
    distribution,
    days = [],
    groups = [],
  } = report.data ?? {};
  const set = (next: { pass?: number; by?: string | undefined }) =>
    void navigate({ search: { kind, pass, by, ...next }, replace: true });
  return (
    <Screen title={scorerId} parents={parents} scroll="page">
      <Group gap="md" align="end">
        <Text>
          mean <b>{number(mean)}</b> of {count.toLocaleString()} scores
        </Text>
        <TextInput
          type="number"
          size="xs"
          w={140}
          label="Passes from"
          step={0.05}
          value={pass}
          onChange={({ currentTarget }) => {
            const next = currentTarget.valueAsNumber;
            if (Number.isFinite(next)) set({ pass: next });
          }}
        />
        <Text>
          <b>{rate === undefined ? "–" : `${Math.round(rate * 100)} %`}</b> pass
          {kind === "trace" && list.hasMore && `, of the newest ${loaded.length.toLocaleString()}`}
        </Text>
        <Select
          size="xs"
          label="Split by"
          data={[...splits[kind]]}
          value={by ?? null}
          onChange={(next) => set({ by: next ?? undefined })}
          clearable
          clearButtonProps={{ "aria-label": "Do not split" }}
        />
      </Group>
      {report.error && <Failed what="the figures" error={report.error} retry={() => void report.refetch()} />}
      {report.data && count > 0 && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <ScoreCharts distribution={distribution ?? distributionOf(loaded)} days={days} groups={groups} />
        </SimpleGrid>
      )}
      <DataTable
        id="scorer"
        what="scores, the lowest first"
        list={lowFirst}
        columns={scoreColumns}
        rowId={({ id }) => id}
        hrefOf={scoreHref}
        onOpen={({ id }) => void navigate({ to: "/scores/$scoreId", params: { scoreId: id } })}
        empty={{ title: "This scorer left no score" }}
      />
    </Screen>
  );
}

const number = (value: number | undefined) => (value === undefined ? "–" : Number(value.toPrecision(4)));
