import { Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { getScore, type Score } from "../../api/scores.ts";
import { CopyText } from "../../components/copy-text.tsx";
import { JsonView } from "../../components/json-view.tsx";
import { Screen } from "../../components/screen.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";

const route = getRouteApi("/scores/$scoreId");
const at = encodeURIComponent;

/** What the steps of a scorer saw and said, in their order. */
const steps = [
  ["Input", "input"],
  ["Output", "output"],
  ["What it was told besides", "additionalContext"],
  ["Prompt to prepare", "preprocessPrompt"],
  ["Prepared", "preprocessStepResult"],
  ["Prompt to extract", "extractPrompt"],
  ["Extracted", "extractStepResult"],
  ["Prompt to analyse", "analyzePrompt"],
  ["Analysed", "analyzeStepResult"],
  ["Prompt for the score", "generateScorePrompt"],
  ["Prompt for the reason", "generateReasonPrompt"],
  ["Metadata", "metadata"],
] as const;

/** One score, with what it judged and how its scorer came to it. */
export function ScoreDetail() {
  const { scoreId } = route.useParams();
  const { data, error, refetch } = useQuery({
    queryKey: ["score", scoreId],
    queryFn: ({ signal }) => getScore(scoreId, signal),
  });
  const parents = [
    { label: "Scores", to: "/scores" },
    ...(data ? [{ label: data.scorerId, to: `/scorers/${at(data.scorerId)}` }] : []),
  ];
  return (
    <Screen
      title={data ? `${data.scorerId}: ${Number(data.score.toPrecision(4))}` : "Score"}
      parents={parents}
      scroll="page"
      actions={data && <CopyText text={JSON.stringify(data.record, null, 2)} label="Copy JSON" />}
    >
      {error && <Failed what={`the score ${scoreId}`} error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && <Judgement score={data} />}
    </Screen>
  );
}

function Judgement({ score }: { score: Score }) {
  const { at: when, entity, traceId, spanId, threadId, reason, record } = score;
  const stored = record as Readonly<Record<string, unknown>>;
  return (
    <Stack>
      <Group gap="md">
        <Text size="sm" component="div">
          <Time value={when} />
        </Text>
        {entity && <Text size="sm">{entity}</Text>}
        {traceId && (
          <TextLink href={`/traces/${at(traceId)}${spanId ? `?span=${at(spanId)}` : ""}`}>its trace</TextLink>
        )}
        {threadId && <TextLink href={`/threads/${at(threadId)}`}>its thread</TextLink>}
      </Group>
      {reason && (
        <section>
          <Title order={2} size="h5">
            Reason
          </Title>
          <Text style={{ whiteSpace: "pre-wrap" }}>{reason}</Text>
        </section>
      )}
      {steps
        .filter(([, name]) => stored[name] !== undefined && stored[name] !== null)
        .map(([label, name]) => (
          <section key={name}>
            <Title order={2} size="h5">
              {label}
            </Title>
            {typeof stored[name] === "string" ? (
              <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
                {stored[name]}
              </Text>
            ) : (
              <JsonView value={stored[name]} label={label} />
            )}
          </section>
        ))}
    </Stack>
  );
}
