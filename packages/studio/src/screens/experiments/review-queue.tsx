import { Group, Kbd, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { allResults, getExperiment, review } from "../../api/experiments.ts";
import { useReadOnly } from "../../app/read-only.tsx";
import { isTyping } from "../../app/typing.ts";
import { report } from "../../components/confirm.tsx";
import { Screen } from "../../components/screen.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Empty, Failed, Loading } from "../../components/states.tsx";
import { ResultView } from "./result-view.tsx";

const route = getRouteApi("/experiments/$experimentId/review");

/** The results of an experiment one at a time, those that nobody has judged first. */
export function ReviewQueue() {
  const { experimentId } = route.useParams();
  const queries = useQueryClient();
  const [at, setAt] = useState(0);
  const isReadOnly = useReadOnly();
  const { data, error, refetch } = useQuery({
    queryKey: ["review", experimentId],
    queryFn: async ({ signal }) => {
      const [experiment, results] = await Promise.all([
        getExperiment(experimentId, signal),
        allResults(experimentId, signal),
      ]);
      const isJudged = ({ status }: (typeof results)[number]) => Number(status === "reviewed" || status === "complete");
      // The order of one visit: a verdict moves nothing.
      return { experiment, results: results.sort((a, b) => isJudged(a) - isJudged(b)) };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  const count = data?.results.length ?? 0;
  const result = data?.results[at];
  const done = () => {
    void queries.invalidateQueries({ queryKey: ["list"] });
    if (at + 1 < count) setAt(at + 1);
  };
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !result) return;
      if (event.key === "j") setAt((now) => Math.min(now + 1, count - 1));
      else if (event.key === "k") setAt((now) => Math.max(now - 1, 0));
      else if (!isReadOnly && (event.key === "1" || event.key === "2")) {
        const status = event.key === "1" ? "reviewed" : "needs-review";
        void report(review(experimentId, result.id, { status }), "The verdict was kept").then((kept) => kept && done());
      }
    };
    window.addEventListener("keydown", pressed);
    return () => window.removeEventListener("keydown", pressed);
  });
  return (
    <Screen
      title="Review"
      scroll="page"
      parents={[
        { label: "Experiments", to: "/experiments" },
        {
          label: data?.experiment.name ?? experimentId,
          to: `/experiments/${encodeURIComponent(experimentId)}`,
        },
      ]}
    >
      {error && <Failed what="the results" error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && count === 0 && <Empty title="This experiment has no results" />}
      {data && result && (
        <>
          <Group gap="sm">
            <Text size="sm" aria-live="polite">
              {at + 1} of {count}
            </Text>
            {result.status && <StateBadge state={result.status} />}
            <Text size="sm">
              {!isReadOnly && (
                <>
                  <Kbd>1</Kbd> reviewed <Kbd>2</Kbd> needs review{" "}
                </>
              )}
              <Kbd>j</Kbd> <Kbd>k</Kbd> next and previous
            </Text>
          </Group>
          <div style={{ maxWidth: 860 }}>
            <ResultView experiment={data.experiment} result={result} onChange={done} />
          </div>
        </>
      )}
    </Screen>
  );
}
