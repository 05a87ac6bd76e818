import { insert, type Key, patch, remove, upsert, type WriteOp } from "../../engine/operations.ts";
import { derivedColumns } from "./derived.ts";
import { addVersion, type HeaderRow, inline, type RunImage, rowsOf } from "./image.ts";
import { memberKey } from "./keys.ts";
import type { Part, PartRow } from "./part.ts";
import { placeContext, placed } from "./place-context.ts";
import type { RunDraft } from "./run-draft.ts";
import { type RunLayout, runs, steps } from "./tables.ts";

/** A context up to this many characters stays in the header: small runs are one row. */
const largestInlineContext = 8192;
/** The same when a run is made: many are kept once, suspended or at their end, and only read from then on. */
const largestFirstContext = 24_576;
/** So do the other members together; beyond that, those from some size on have rows of their own. */
const largestInlineMembers = 4096;
const smallestMemberRow = 1024;

/** What has to be written so that a draft becomes the stored run. */
export interface RunPlan {
  /** Rows of parts, to be written with the header or before it. */
  readonly rows: readonly WriteOp[];
  /** Inserts the header, or changes it under the revision that the draft rests on. */
  readonly header: WriteOp;
  /** The image once all of it is written and the header has this revision. */
  image(rev: number): RunImage;
}

/**
 * Compares a draft with its base: only parts whose text changed are written.
 *
 * @param version a number above all versions of the run.
 * @param generation when given, every part is written anew under it and the rows of the base are left alone.
 * @param isAtomic whether the header's revision surely vouches for the rows of the base, so that these need only be changed.
 */
export function planRun(
  draft: RunDraft,
  version: number,
  { generation, isAtomic = false }: { readonly generation?: string; readonly isAtomic?: boolean } = {},
): RunPlan {
  const { base, key } = draft;
  const inGeneration = generation ?? base?.layout.generation ?? inline.generation;
  const stored = new Map<string, Part>(base && generation === undefined ? rowsOf(base) : []);
  const most = base ? largestInlineContext : largestFirstContext;
  const split = draft.context !== undefined && isLong(draft.context, most);
  const isWide = isLong(draft.members, largestInlineMembers);
  const members = new Map<string, Part>();
  for (const [name, part] of draft.members) {
    const row = isWide && part.text.length >= smallestMemberRow ? { version, position: 0 } : undefined;
    members.set(name, placed(part, row, stored.get(memberKey(name))));
  }
  const { context, inHeader } = placeContext(draft.context, split ? { stored, base, version } : undefined);

  const rowKey = (step: string): Key => [key.workflowName, key.runId, inGeneration, step];
  const rows: WriteOp[] = [];
  let latest = 0;
  let sum = 0;
  let count = 0;
  for (const [step, part] of rowsOf({ members, context })) {
    const row = part.row as PartRow;
    const old = stored.get(step);
    stored.delete(step);
    latest = Math.max(latest, row.version);
    sum = addVersion(sum, row.version);
    count++;
    if (old?.row === row) continue;
    if (old?.text === part.text) rows.push(patch(steps, rowKey(step), { set: { ...row } }));
    else if (old && isAtomic) rows.push(patch(steps, rowKey(step), { set: { ...row, content: part.text } }));
    else rows.push(upsert(steps, stepRow(rowKey(step), row, part.text)));
  }
  for (const step of stored.keys()) rows.push(remove(steps, rowKey(step)));

  const layout: RunLayout = { split, generation: inGeneration, rows: count, latest, sum };
  const own = new Map([...members].filter(([, part]) => !part.row));
  // Said in the words of the base, an unchanged context is no change.
  const isSame = inHeader !== undefined && inHeader === base?.inHeader.context && base.header.context !== null;
  const contextText = isSame ? base.header.context : inHeader ? textOf(inHeader) : null;
  const header = headerOf(draft, { snapshot: textOf(own), context: contextText }, layout);
  return {
    rows,
    header: base
      ? patch(runs, [key.workflowName, key.runId], {
          set: changes(base.header, header),
          expect: { rev: base.header._rev },
        })
      : insert(runs, header),
    image: (rev) => ({
      header: { ...header, _rev: rev },
      layout,
      inHeader: { members: own, context: inHeader },
      members,
      context,
      strays: [],
    }),
  };
}

function isLong(parts: ReadonlyMap<string, Part>, most: number): boolean {
  let length = 0;
  for (const part of parts.values()) if ((length += part.text.length) > most) return true;
  return false;
}

function stepRow([workflow_name, run_id, generation, step_id]: Key, row: PartRow, content: string) {
  return {
    workflow_name: workflow_name as string,
    run_id: run_id as string,
    generation: generation as string,
    step_id: step_id as string,
    ...row,
    content,
  };
}

/** Parts as the text of one JSON object. */
function textOf(parts: ReadonlyMap<string, Part>): string {
  const texts: string[] = [];
  for (const [name, { text }] of parts) texts.push(`${JSON.stringify(name)}:${text}`);
  return `{${texts.join(",")}}`;
}

type Header = Omit<HeaderRow, "_rev">;

function headerOf(draft: RunDraft, texts: Pick<Header, "snapshot" | "context">, layout: RunLayout): Header {
  const isInline = !layout.split && layout.rows === 0 && layout.generation === inline.generation;
  return {
    workflow_name: draft.key.workflowName,
    run_id: draft.key.runId,
    resourceId: draft.resourceId,
    ...texts,
    createdAt: draft.createdAt,
    updatedAt: draft.updatedAt,
    ...derivedColumns(draft),
    layout: isInline ? null : JSON.stringify(layout),
  };
}

function changes(before: HeaderRow, after: Header): Partial<Header> {
  const set: Record<string, unknown> = { updatedAt: after.updatedAt };
  for (const name of runs.columnNames) if (before[name] !== after[name]) set[name] = after[name];
  return set as Partial<Header>;
}
