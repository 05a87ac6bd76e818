import type { Snapshot, Step } from "../../api/workflows.ts";

/** A step of a run, in the order of the timeline. */
export interface TimelineStep {
  id: string;
  status: string;
  /** Milliseconds since 1970; `undefined` for a step that has not begun. */
  start: number | undefined;
  end: number | undefined;
  /** Passes of a loop or items of a for-each. */
  attempts: number;
  step: Step | undefined;
}

const isStep = (value: unknown): value is Step =>
  typeof value === "object" && value !== null && typeof (value as Step).status === "string";

/** The steps that left something, by their start, and after them those of the graph that have not begun. */
export function timelineOf({ context = {}, serializedStepGraph = [] }: Snapshot): TimelineStep[] {
  const { input: _input, __state, ...entries } = context as Record<string, unknown>;
  const steps = Object.entries(entries).flatMap(([id, value]) => {
    const passes = (Array.isArray(value) ? value : [value]).filter(isStep);
    const last = passes.at(-1);
    if (!last) return [];
    return [
      {
        id,
        status: last.status,
        start: passes[0]?.startedAt,
        end: last.endedAt ?? last.suspendedAt,
        attempts: Math.max(
          passes.length,
          Array.isArray(last.output) && Array.isArray(last.payload) ? last.output.length : 1,
        ),
        step: last,
      },
    ];
  });
  steps.sort((a, b) => (a.start ?? Number.POSITIVE_INFINITY) - (b.start ?? Number.POSITIVE_INFINITY));
  const seen = new Set(steps.map(({ id }) => id));
  const ahead = stepIdsIn(serializedStepGraph).filter((id) => !seen.has(id));
  return [
    ...steps,
    ...ahead.map((id) => ({ id, status: "not begun", start: undefined, end: undefined, attempts: 0, step: undefined })),
  ];
}

/** Ids of the steps in a graph as it is stored, whatever they stand in. */
export function stepIdsIn(graph: unknown): string[] {
  const found: string[] = [];
  const pending: unknown[] = [graph];
  for (let node = pending.shift(); node !== undefined; node = pending.shift()) {
    if (Array.isArray(node)) pending.unshift(...node);
    else if (typeof node === "object" && node !== null) {
      const { step, steps, id, type } = node as {
        step?: { id?: unknown };
        steps?: unknown;
        id?: unknown;
        type?: unknown;
      };
      if (typeof step?.id === "string") found.push(step.id);
      else if (type === "sleep" || type === "sleepUntil") found.push(String(id));
      if (Array.isArray(steps)) pending.unshift(...steps);
    }
  }
  return [...new Set(found)];
}

/** Something that a run waits for. */
export interface Waiting {
  /** From the outermost step inwards. */
  path: string[];
  payload: unknown;
  /** Milliseconds since 1970. */
  since: number | undefined;
  labels: string[];
}

/** What a suspended run waits for; steps of nested workflows stand below the step that they are in. */
export function waitingOf({ suspendedPaths = {}, resumeLabels = {}, context = {} }: Snapshot): Waiting[] {
  return Object.keys(suspendedPaths).map((stepId) => {
    const step = (context as Record<string, unknown>)[stepId];
    const { suspendPayload, suspendedAt } = (isStep(step) ? step : {}) as Partial<Step>;
    const { __workflow_meta: meta, ...payload } = (
      typeof suspendPayload === "object" && suspendPayload !== null ? suspendPayload : { value: suspendPayload }
    ) as Record<string, unknown>;
    const inner = (meta as { path?: unknown } | undefined)?.path;
    return {
      path: [stepId, ...(Array.isArray(inner) ? inner.filter((id) => typeof id === "string") : [])],
      payload: suspendPayload === undefined ? undefined : typeof suspendPayload === "object" ? payload : suspendPayload,
      since: suspendedAt,
      labels: Object.entries(resumeLabels)
        .filter(([, label]) => label.stepId === stepId)
        .map(([label]) => label),
    };
  });
}

/** A program that resumes a run at that place. */
export function resumeCall(workflowName: string, runId: string, { path, labels }: Waiting): string {
  const [label] = labels;
  const step = path.length > 1 ? JSON.stringify(path) : JSON.stringify(path[0]);
  const where = label === undefined ? `step: ${step}` : `label: ${JSON.stringify(label)}`;
  return [
    `const run = await mastra.getWorkflow(${JSON.stringify(workflowName)}).createRun({ runId: ${JSON.stringify(runId)} });`,
    `await run.resume({ ${where}, resumeData: {} });`,
  ].join("\n");
}
