import { Stack, Text, Title } from "@mantine/core";
import type { Experiment, Result } from "../../api/experiments.ts";
import { JsonView } from "../../components/json-view.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { shownScore } from "./comparison.ts";
import { VerdictForm } from "./verdict-form.tsx";

interface ResultViewProps {
  experiment: Experiment;
  result: Result;
  onChange: () => void;
}

/** What came of one item: input, output, what was expected, scores with their reasons, and the verdict of a person. */
export function ResultView({ experiment, result, onChange }: ResultViewProps) {
  const { input, output, groundTruth, error, scores = [], traceId, itemId } = result;
  const { datasetId } = experiment;
  return (
    <Stack gap="sm">
      <Value name="Input" value={input} />
      {error ? <Value name="Error" value={error.message} /> : <Value name="Output" value={output} />}
      {groundTruth != null && <Value name="Expected" value={groundTruth} />}
      {scores.map(({ scorerId, scorerName, score, reason }) => (
        <div key={scorerId}>
          <Text size="sm" fw={600}>
            {scorerName}: {score === null ? "no score" : shownScore(score)}
          </Text>
          {reason && <Text size="sm">{reason}</Text>}
        </div>
      ))}
      {traceId && <TextLink href={`/traces/${encodeURIComponent(traceId)}`}>Trace of this result</TextLink>}
      {datasetId && (
        <TextLink href={`/datasets/${encodeURIComponent(datasetId)}/items/${encodeURIComponent(itemId)}`}>
          Item of the dataset
        </TextLink>
      )}
      <VerdictForm key={result.id} experimentId={experiment.id} result={result} onSaved={onChange} />
    </Stack>
  );
}

export function Value({ name, value }: { name: string; value: unknown }) {
  return (
    <section aria-label={name}>
      <Title order={3} size="h6">
        {name}
      </Title>
      {typeof value === "string" ? (
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {value}
        </Text>
      ) : (
        <JsonView value={value} label={name} />
      )}
    </section>
  );
}
