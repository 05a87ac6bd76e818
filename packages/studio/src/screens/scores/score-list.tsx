import { SegmentedControl } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useList } from "../../api/list.ts";
import { evaluationsOf, evaluationsPath, type ScoreKind, signalsOf, signalsPath } from "../../api/scores.ts";
import { DataTable } from "../../components/data-table.tsx";
import { FilterBar } from "../../components/filter-bar.tsx";
import { Screen } from "../../components/screen.tsx";
import { scoreColumns, scoreHref } from "./columns.tsx";
import { ScorerCards } from "./scorer-cards.tsx";

const route = getRouteApi("/scores");

const fields = [
  { name: "scorer", label: "Scorer" },
  { name: "entity", label: "Entity" },
];

/** What scorers said, the newest first: evaluations of runs, or scores beside traces. */
export function ScoreList() {
  const { kind, scorer, entity } = route.useSearch();
  const navigate = route.useNavigate();
  const isEvaluation = kind === "evaluation";
  const list = useList({
    path: isEvaluation ? evaluationsPath : signalsPath,
    query: isEvaluation ? { scorerId: scorer, entityId: entity } : { scorerId: scorer, entityName: entity },
    rowsOf: isEvaluation ? evaluationsOf : signalsOf,
  });
  return (
    <Screen
      title="Scores"
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Kind of score"
          data={[
            { value: "evaluation", label: "Evaluations" },
            { value: "trace", label: "Scores of traces" },
          ]}
          value={kind}
          onChange={(next) => void navigate({ search: { kind: next as ScoreKind, scorer, entity }, replace: true })}
        />
      }
    >
      {isEvaluation && <ScorerCards />}
      <DataTable
        id="scores"
        what="scores"
        list={list}
        columns={scoreColumns}
        rowId={({ id }) => id}
        hrefOf={scoreHref}
        onOpen={({ id }) => void navigate({ to: "/scores/$scoreId", params: { scoreId: id } })}
        empty={{
          title: "Nothing has been scored yet",
          help: "A score appears here as soon as a scorer saves one.",
          snippet: `const scores = await storage.getStore("scores");
await scores.saveScore({
  scorerId: "tone", entityId: "agent", runId: "1", score: 0.9, source: "LIVE", scorer: {}, entity: {},
});`,
        }}
        clear={scorer || entity ? () => void navigate({ search: { kind } }) : undefined}
        toolbar={
          <FilterBar
            fields={fields}
            values={{ scorer, entity }}
            onChange={(next) => void navigate({ search: { kind, ...next }, replace: true })}
          />
        }
      />
    </Screen>
  );
}
