import type { GraphEdge, GraphNode } from "../../components/graph/graph.ts";
import { duration } from "../../components/time.tsx";
import type { TimelineStep } from "./steps.ts";

/** An entry of a graph as it is stored. Entries of kinds not known here are boxes of their own. */
interface StoredEntry {
  type?: string;
  id?: string;
  step?: { id?: string; description?: string; component?: string; serializedStepFlow?: unknown };
  steps?: StoredEntry[];
  serializedConditions?: { id?: string; fn?: string }[];
  serializedCondition?: { id?: string; fn?: string };
  loopType?: string;
  duration?: number;
  date?: string;
  event?: string;
  opts?: { concurrency?: number };
}

/** Ends of a part of the graph: boxes from which lines lead to what follows, each with what is written at its line. */
interface End {
  id: string;
  label?: string;
}

/** Not a name that a step could have by accident. */
const [startId, endId] = ["\u0000start", "\u0000end"];

/** The boxes and lines of a workflow, each box with how its step went in a run. */
export function stepGraphOf(
  graph: unknown,
  steps: readonly TimelineStep[],
): { nodes: GraphNode[]; edges: GraphEdge[] } {
  const nodes: GraphNode[] = [{ id: startId, title: "Start", isJoint: true }];
  const edges: GraphEdge[] = [];
  const byId = new Map(steps.map((step) => [step.id, step]));

  const add = (entry: StoredEntry, from: readonly End[]): End[] => {
    const id = entry.step?.id ?? entry.id ?? `${entry.type ?? "step"} ${nodes.length}`;
    // A step that stands twice in a graph keeps one box: a run keeps one record of it.
    if (!nodes.some((node) => node.id === id)) nodes.push(boxOf(id, entry, byId.get(id)));
    for (const { id: source, label } of from)
      edges.push({ from: source, to: id, ...(label !== undefined && { label }) });
    return [{ id }];
  };
  const walk = (entry: StoredEntry, from: readonly End[]): readonly End[] => {
    if (entry.type !== "parallel" && entry.type !== "conditional") return add(entry, from);
    return (entry.steps ?? []).flatMap((branch, index) => {
      const condition = entry.serializedConditions?.[index];
      const label = condition && `when ${nameOf(condition)}`;
      return walk(branch, label === undefined ? from : from.map((end) => ({ ...end, label })));
    });
  };
  let ends: readonly End[] = [{ id: startId }];
  for (const entry of Array.isArray(graph) ? (graph as StoredEntry[]) : []) {
    const next = walk(entry, ends);
    // A fork without branches is no end.
    if (next.length > 0) ends = next;
  }
  nodes.push({ id: endId, title: "End", isJoint: true });
  for (const { id } of ends) edges.push({ from: id, to: endId });
  return { nodes, edges };
}

function boxOf(id: string, entry: StoredEntry, step: TimelineStep | undefined): GraphNode {
  const kind = kindOf(entry);
  const state = step?.status ?? "not begun";
  const length = step?.start !== undefined && step.end !== undefined ? duration(step.end - step.start) : undefined;
  const notes = [kind, [state, length].filter(Boolean).join(", "), progressOf(entry, step)];
  return { id, title: id, notes: notes.filter((note) => note !== undefined), state };
}

function kindOf({ type, step, loopType, serializedCondition, duration: sleep, date, event, opts }: StoredEntry) {
  switch (type) {
    case "sleep":
      return sleep === undefined ? "sleeps" : `sleeps ${duration(sleep)}`;
    case "sleepUntil":
      return date === undefined ? "sleeps until a moment" : `sleeps until ${date}`;
    case "waitForEvent":
      return `waits for the event ${event}`;
    case "loop":
      return `again ${loopType === "dountil" ? "until" : "while"} ${nameOf(serializedCondition ?? {})}`;
    case "foreach":
      return opts?.concurrency === undefined ? "for each item" : `for each item, ${opts.concurrency} at once`;
    default:
      return isWorkflow(step) ? "workflow" : undefined;
  }
}

/** How far a loop or a for-each came. */
function progressOf({ type }: StoredEntry, step: TimelineStep | undefined): string | undefined {
  if (!step?.step) return undefined;
  const { payload, output } = step.step as { payload?: unknown; output?: unknown };
  if (type === "foreach" && Array.isArray(payload)) {
    const done = Array.isArray(output) ? output.filter((item) => item !== null && item !== undefined).length : 0;
    return `${done} of ${payload.length} items`;
  }
  return type === "loop" || step.attempts > 1 ? `${step.attempts} passes` : undefined;
}

const isWorkflow = (step: StoredEntry["step"]) =>
  step?.component === "WORKFLOW" || step?.serializedStepFlow !== undefined;

/** The condition's own name, or the beginning of its program. */
function nameOf({ id, fn }: { id?: string; fn?: string }): string {
  const text = (fn ?? id ?? "…").replaceAll(/\s+/g, " ");
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** Ids of the steps in a graph that are workflows themselves, whatever they stand in. */
export function nestedWorkflowsIn(graph: unknown): ReadonlySet<string> {
  const found = new Set<string>();
  const pending: unknown[] = Array.isArray(graph) ? [...graph] : [];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { step, steps } = (entry ?? {}) as StoredEntry;
    if (step?.id !== undefined && isWorkflow(step)) found.add(step.id);
    if (Array.isArray(steps)) pending.push(...steps);
  }
  return found;
}
