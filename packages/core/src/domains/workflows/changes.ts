import { encodeJson } from "../../engine/json.ts";
import { statusOf } from "./derived.ts";
import { takeContext, takeSnapshot } from "./image.ts";
import { mergeResult } from "./merge.ts";
import { Part } from "./part.ts";
import type { RunChange } from "./run-writer.ts";
import { encodeMembers, plainObject, type SplitSnapshot, splitSnapshot } from "./split.ts";
import type { StepResult, UpdateWorkflowStateOptions, WorkflowRunState } from "./types.ts";

/** A snapshot that takes the place of what is stored. */
export interface NewSnapshot extends SplitSnapshot {
  readonly resourceId: string | null;
  readonly createdAt: number | undefined;
  readonly updatedAt: number | undefined;
}

export const replaceSnapshot = (snapshot: NewSnapshot, now: () => number): RunChange<void> => ({
  isBlind: true,
  apply(draft) {
    const time = now();
    draft.touch(snapshot.updatedAt ?? time, snapshot.createdAt ?? time);
    draft.replace(snapshot);
    draft.resourceId = snapshot.resourceId ?? draft.resourceId;
  },
});

/** One step's result, encoded when the call was made. */
export interface NewResult {
  readonly stepId: string;
  /** Absent: the entry goes. */
  readonly text: string | undefined;
  readonly requestContext: ReadonlyMap<string, Part>;
}

export const mergeStepResult = (result: NewResult, now: () => number): RunChange<Record<string, StepResult>> => ({
  details: { stepId: result.stepId },
  apply(draft) {
    const time = now();
    if (!draft.exists) draft.replace(splitSnapshot(pendingSnapshot(draft.key.runId, time)));
    const context = draft.requireContext();
    // Computed before anything is set: what throws must leave the draft to the other callers.
    const entry = mergedEntry(context.get(result.stepId), result.text);
    const requestContext = mergedRequestContext(draft.members.get("requestContext"), result.requestContext);
    draft.set(context, result.stepId, entry);
    if (requestContext !== undefined) draft.set(draft.members, "requestContext", requestContext);
    draft.touch(time);
    return takeContext(context) as Record<string, StepResult>;
  },
});

function mergedEntry(stored: Part | undefined, text: string | undefined): string | undefined {
  // Only arrays in `output` are merged; most results have none and are not even parsed.
  if (!text?.includes('"output":[') || !stored?.text.includes('"output":[')) return text;
  return encodeJson(mergeResult(stored.peek(), new Part(text).peek()));
}

/** The merged request context; `undefined` when nothing is to be merged. */
function mergedRequestContext(stored: Part | undefined, given: ReadonlyMap<string, Part>): string | undefined {
  if (given.size === 0) return undefined;
  const parts = encodeMembers(plainObject(stored?.peek()) ?? {}, []);
  for (const [name, part] of given) parts.set(name, part);
  return `{${[...parts].map(([name, { text }]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}

/** What a run is before anything but a step's result is known of it. */
const pendingSnapshot = (runId: string, timestamp: number): WorkflowRunState => ({
  runId,
  status: "pending",
  value: {},
  context: {},
  serializedStepGraph: [],
  activePaths: [],
  activeStepsPath: {},
  suspendedPaths: {},
  waitingPaths: {},
  resumeLabels: {},
  requestContext: {},
  timestamp,
});

export function overwriteMembers(
  { expectedStatus, ...opts }: UpdateWorkflowStateOptions,
  now: () => number,
): RunChange<WorkflowRunState | undefined> {
  const expected = expectedStatus === undefined || expectedStatus === null ? undefined : [expectedStatus].flat();
  const removed = Object.keys(opts).filter((name) => (opts as Record<string, unknown>)[name] === undefined);
  const given = splitSnapshot(opts);
  return {
    apply(draft) {
      if (!draft.exists) return undefined;
      const status = statusOf(draft);
      if (expected && (status === null || !expected.includes(status))) return undefined;
      draft.requireContext();
      draft.overwrite(given, removed);
      draft.touch(now());
      return takeSnapshot(draft);
    },
  };
}
