import { Paper, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { request } from "../../api/client.ts";
import { getSpanScores, type Span, tracePath } from "../../api/traces.ts";
import { Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Nothing } from "./nothing.tsx";

interface Judgement {
  id: string;
  scorerId: string;
  score: number;
  reason: string | undefined;
}

/** What scorers said about a span: scores written with the trace, and those of evaluations. */
export function SpanScores({ span }: { span: Span }) {
  const { data, isPending } = useQuery({
    queryKey: ["span-scores", span.traceId, span.spanId],
    queryFn: ({ signal }) => scoresOf(span, signal),
  });
  if (isPending) return <Loading rows={2} />;
  if (!data?.length) return <Nothing>Nobody has scored this span.</Nothing>;
  return (
    <Stack gap="xs">
      {data.map(({ id, scorerId, score, reason }) => (
        <Paper key={id} withBorder p="xs">
          <Text size="sm">
            <TextLink href={`/scores/${encodeURIComponent(id)}`}>{scorerId}</TextLink>: <b>{score}</b>
          </Text>
          {reason && (
            <Text size="sm" c="dimmed">
              {reason}
            </Text>
          )}
        </Paper>
      ))}
    </Stack>
  );
}

async function scoresOf({ traceId, spanId }: Span, signal: AbortSignal): Promise<Judgement[]> {
  const evaluations = request<{ scores: { id: string; scorerId: string; score: number; reason?: string }[] }>(
    `${tracePath(traceId)}/${encodeURIComponent(spanId)}/scores`,
    { query: { perPage: 100 }, signal },
  ).then(({ scores }) => scores.map(({ id, scorerId, score, reason }) => ({ id, scorerId, score, reason })));
  const signals = getSpanScores(traceId, signal).then(({ scores }) =>
    scores
      .filter((score) => score.spanId === null || score.spanId === spanId)
      .map(({ scoreId, scorerId, score, reason }) => ({ id: scoreId, scorerId, score, reason: reason ?? undefined })),
  );
  // One of the two domains may be absent.
  const settled = await Promise.allSettled([signals, evaluations]);
  return settled.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : []));
}
