import { Group, SimpleGrid, Text, TextInput } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import { useList } from "../../api/list.ts";
import { evaluationsOf, evaluationsPath, signalsOf, signalsPath } from "../../api/scores.ts";
import { DataTable } from "../../components/data-table.tsx";
import { Screen } from "../../components/screen.tsx";
import { scoreColumns, scoreHref } from "./columns.tsx";
import { ScoreCharts } from "./score-charts.tsx";
import { mean, passRate } from "./statistics.ts";

const route = getRouteApi("/scorers/$scorerId");
const parents = [{ label: "Scores", to: "/scores" }];

/** One scorer: how its newest scores are spread, how they went, and which were low. */
export function ScorerDetail() {
  const { scorerId } = route.useParams();
  const { kind, pass } = route.useSearch();
  const navigate = route.useNavigate();
  const isEvaluation = kind === "evaluation";
  const list = useList({
    path: isEvaluation ? evaluationsPath : signalsPath,
    query: { scorerId },
    rowsOf: isEvaluation ? evaluationsOf : signalsOf,
  });
  const lowFirst = useMemo(() => ({ ...list, rows: list.rows.toSorted((a, b) => a.score - b.score) }), [list]);
  const values = list.rows.map(({ score }) => score);
  const rate = passRate(values, pass);
  return (
    <Screen title={scorerId} parents={parents} scroll="page">
      <Group gap="md" align="end">
        <Text>
          mean <b>{number(mean(values))}</b> of {values.length.toLocaleString()}
          {list.hasMore && " newest"} scores
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
            if (Number.isFinite(next)) void navigate({ search: { kind, pass: next }, replace: true });
          }}
        />
        <Text>
          <b>{rate === undefined ? "–" : `${Math.round(rate * 100)} %`}</b> pass
        </Text>
      </Group>
      {list.rows.length > 0 && (
        <SimpleGrid cols={{ base: 1, md: 2 }}>
          <ScoreCharts scores={list.rows} />
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
