import { Group, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { ApiError } from "../../api/client.ts";
import { getRun, type Snapshot, type Step } from "../../api/workflows.ts";
import { JsonView } from "../../components/json-view.tsx";
import { StateBadge } from "../../components/state-badge.tsx";
import { Failed, Loading } from "../../components/states.tsx";
import { TextLink } from "../../components/text-link.tsx";
import { Time } from "../../components/time.tsx";
import { nestedRunId } from "./nested-run-id.ts";
import { nestedWorkflowsIn, stepGraphOf } from "./step-graph.ts";
import { StepTimeline } from "./step-timeline.tsx";
import { type StepView, stepViews, viewLabels } from "./step-view-names.ts";
import { type TimelineStep, timelineOf } from "./steps.ts";

// The library that draws it is large, and many look at the timeline only.
const Graph = lazy(async () => ({ default: (await import("../../components/graph/graph-view.tsx")).Graph }));

interface StepViewsProps {
  snapshot: Snapshot;
  runId: string;
  /** The selected step, and below it those of nested workflows. */
  path: readonly string[];
  onSelect: (path: readonly string[]) => void;
  view: StepView;
  onView: (view: StepView) => void;
}

/** The steps of a run: on an axis of time, or as a picture of what follows what. */
export function StepViews({ snapshot, runId, path, onSelect, view, onView }: StepViewsProps) {
  const steps = useMemo(() => timelineOf(snapshot), [snapshot]);
  const graph = useMemo(() => stepGraphOf(snapshot.serializedStepGraph, steps), [snapshot, steps]);
  const workflows = useMemo(() => nestedWorkflowsIn(snapshot.serializedStepGraph), [snapshot]);
  const [selected, ...inner] = path;
  const toggle = (id: string) => onSelect(id === selected ? [] : [id]);
  const detailOf = (id: string) => {
    const entry = steps.find((step) => step.id === id);
    if (!entry?.step) return null;
    return (
      <StepDetail
        entry={entry}
        step={entry.step}
        runId={runId}
        isWorkflow={workflows.has(id)}
        path={inner}
        onSelect={(below) => onSelect([id, ...below])}
        view={view}
        onView={onView}
      />
    );
  };
  return (
    <Stack gap="xs" component="section" aria-label="Steps">
      <Group justify="space-between">
        <Title order={2} size="h5">
          Steps
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="How the steps are shown"
          data={stepViews.map((value) => ({ value, label: viewLabels[value] }))}
          value={view}
          onChange={(next) => onView(next as StepView)}
        />
      </Group>
      {view === "timeline" ? (
        <StepTimeline steps={steps} selected={selected} onToggle={toggle} detailOf={detailOf} />
      ) : (
        <Suspense fallback={<Loading rows={8} />}>
          <Graph label="What follows what" {...graph} selected={selected} onSelect={toggle} />
          {selected !== undefined && detailOf(selected)}
        </Suspense>
      )}
    </Stack>
  );
}

interface StepDetailProps extends Omit<StepViewsProps, "snapshot"> {
  entry: TimelineStep;
  step: Step;
  /** Whether the step is a workflow, whose run is then shown with it. */
  isWorkflow: boolean;
}

/** What a step took, gave and waits for; of a workflow its steps as well. */
function StepDetail({ entry, step, runId, isWorkflow, ...views }: StepDetailProps) {
  const { id, start, end } = entry;
  return (
    <Stack gap="xs" component="section" aria-label={`Step ${id}`}>
      <Text size="sm" c="dimmed" component="div">
        <Time value={start} /> – <Time value={end} />
      </Text>
      {isWorkflow && <NestedRun workflowName={id} runId={nestedRunId(step, runId)} {...views} />}
      <JsonView value={step} label={`Record of the step ${id}`} />
    </Stack>
  );
}

interface NestedRunProps extends Omit<StepViewsProps, "snapshot"> {
  workflowName: string;
}

/** The run of a workflow that is a step of another, in its place. One that was not stored by itself is not shown. */
function NestedRun({ workflowName, ...views }: NestedRunProps) {
  const { runId } = views;
  const { data, error, refetch } = useQuery({
    queryKey: ["run", workflowName, runId],
    queryFn: ({ signal }) => getRun(workflowName, runId, signal),
  });
  if (error instanceof ApiError && error.status === 404) return null;
  if (error) return <Failed what={`the run of ${workflowName}`} error={error} retry={() => void refetch()} />;
  if (!data) return <Loading rows={3} />;
  const { snapshot } = data.run;
  const at = encodeURIComponent;
  return (
    <Stack gap="xs" component="section" aria-label={`Run of ${workflowName}`} pl="md">
      <Group gap="xs">
        <StateBadge state={snapshot.status ?? "unknown"} />
        <TextLink href={`/workflows/${at(workflowName)}/runs/${at(runId)}`}>
          the run of {workflowName} by itself
        </TextLink>
      </Group>
      <StepViews snapshot={snapshot} {...views} />
    </Stack>
  );
}
