import { corrupt, type RunImage } from "./image.ts";
import { Part } from "./part.ts";
import type { SplitSnapshot } from "./split.ts";
import type { WorkflowRunKey } from "./types.ts";

/** A run while changes are applied to it in memory, before they are written as one. */
export class RunDraft {
  readonly key: WorkflowRunKey;
  /** What the changes rest on; `undefined` when there was no run. */
  readonly base: RunImage | undefined;
  members: Map<string, Part>;
  context: Map<string, Part> | undefined;
  resourceId: string | null;
  createdAt: number;
  updatedAt: number;
  exists: boolean;
  isChanged = false;

  constructor(key: WorkflowRunKey, base: RunImage | undefined) {
    this.key = key;
    this.base = base;
    this.members = new Map(base?.members);
    this.context = base ? base.context && new Map(base.context) : new Map();
    this.resourceId = base?.header.resourceId ?? null;
    this.createdAt = base?.header.createdAt ?? 0;
    this.updatedAt = base?.header.updatedAt ?? 0;
    this.exists = base !== undefined;
  }

  /** Marks the run as changed at an instant, and as created when there was none. */
  touch(now: number, createdAt = now): void {
    if (!this.exists) this.createdAt = createdAt;
    this.exists = true;
    this.isChanged = true;
    this.updatedAt = now;
  }

  /** Takes the place of the whole snapshot. Parts that did not change stay the same parts, with their rows. */
  replace({ members, context }: SplitSnapshot): void {
    this.members = reuse(members, this.members);
    this.context = context && reuse(context, this.context);
  }

  /** Overwrites the given members, a context included, and removes the named ones. */
  overwrite({ members, context }: SplitSnapshot, removed: readonly string[]): void {
    for (const name of removed) this.members.delete(name);
    for (const [name, { text }] of members) this.set(this.members, name, text);
    if (context) this.context = reuse(context, this.context);
    else if (members.has("context") || removed.includes("context")) this.context = undefined;
  }

  /** Sets one part, or removes it when there is no text. */
  set(parts: Map<string, Part>, name: string, text: string | undefined): void {
    if (text === undefined) parts.delete(name);
    else if (parts.get(name)?.text !== text) parts.set(name, new Part(text));
  }

  /** The entries of the context. @throws StorageError when what is stored has none. */
  requireContext(): Map<string, Part> {
    const { workflowName, runId } = this.key;
    if (this.context) return this.context;
    throw corrupt("the stored snapshot of the run has no context", { workflow_name: workflowName, run_id: runId });
  }
}

function reuse(next: ReadonlyMap<string, Part>, before: ReadonlyMap<string, Part> | undefined): Map<string, Part> {
  const parts = new Map<string, Part>();
  for (const [name, part] of next) {
    const old = before?.get(name);
    parts.set(name, old?.text === part.text ? old : part);
  }
  return parts;
}
