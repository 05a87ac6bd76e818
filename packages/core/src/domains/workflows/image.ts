import { decodeJson } from "../../engine/json.ts";
import type { Key } from "../../engine/operations.ts";
import { keyOf, type StoredRow } from "../../engine/table.ts";
import { StorageError } from "../../errors.ts";
import { entryKey, memberKey, readPartKey } from "./keys.ts";
import { inMemberOrder, setMember } from "./members.ts";
import { Part } from "./part.ts";
import { type SplitSnapshot, splitContext, splitSnapshot } from "./split.ts";
import { type RunLayout, type runs, steps } from "./tables.ts";
import type { WorkflowRun, WorkflowRunState } from "./types.ts";

export type HeaderRow = StoredRow<typeof runs>;
export type StepRow = StoredRow<typeof steps>;

/** A run as it is stored at one revision of its header: the header's columns, and all parts of the snapshot. */
export interface RunImage extends SplitSnapshot {
  readonly header: HeaderRow;
  readonly layout: RunLayout;
  /** What the header holds. Entries of its context that have rows by now count no more. */
  readonly inHeader: SplitSnapshot;
  /** Rows of other generations, made so long ago that whoever made them has given up. */
  readonly strays: readonly Key[];
}

export const inline: RunLayout = { split: false, generation: "0", rows: 0, latest: 0, sum: 0 };

export const layoutOf = (header: Pick<HeaderRow, "layout">): RunLayout =>
  header.layout === null ? inline : (decodeJson(header.layout) as RunLayout);

/**
 * Puts header and rows together. `known` is an earlier image of the run: with it, `rows` need only hold what is newer.
 *
 * @param lenient takes the rows as they are, though they do not fit: what a crash left where batches are not atomic.
 * @returns `undefined` when header and rows are not of one moment.
 */
export function assemble(
  header: HeaderRow,
  rows: readonly StepRow[],
  now: number,
  known?: RunImage,
  lenient = false,
): RunImage | undefined {
  let layout = layoutOf(header);
  const parts = new Map<string, Part>(known && rowsOf(known));
  for (const row of rows) {
    if (row.generation !== layout.generation) continue;
    const old = parts.get(row.step_id);
    const place = { version: row.version, position: row.position };
    // A row that only moved keeps what is known of its content.
    parts.set(row.step_id, old?.text === row.content ? old.at(place) : new Part(row.content, place));
  }
  let latest = 0;
  let sum = 0;
  for (const { row } of parts.values()) {
    latest = Math.max(latest, row?.version ?? 0);
    sum = addVersion(sum, row?.version ?? 0);
  }
  if (parts.size !== layout.rows || latest !== layout.latest || sum !== layout.sum) {
    if (!lenient) return undefined;
    layout = { ...layout, rows: parts.size, latest, sum };
  }

  const isSame = known?.header.snapshot === header.snapshot && known.header.context === header.context;
  const inHeader = isSame ? known.inHeader : readHeader(header);
  const members = new Map(inHeader.members);
  const entries = new Map<string, Part>();
  for (const [key, part] of parts) {
    const { isEntry, name } = readPartKey(key);
    (isEntry ? entries : members).set(name, part);
  }
  const isApart = layout.split || entries.size > 0;
  const context = isApart ? inOrder(inHeader.context, entries) : inHeader.context;
  return { header, layout, inHeader, members, context, strays: straysOf(layout, rows, now) };
}

/**
 * Where the entries of a context that a header holds stand among those that are rows: 1, 2, 3, … in the order in which they are
 * read again.
 */
export function placesOf(context: ReadonlyMap<string, Part> | undefined): Map<string, number> {
  return new Map(inMemberOrder(context).map(([name], index) => [name, index + 1]));
}

/** The context of a header with the entries that are rows, which stand in for those of the same name. */
function inOrder(
  context: ReadonlyMap<string, Part> | undefined,
  rows: ReadonlyMap<string, Part>,
): ReadonlyMap<string, Part> {
  const places = placesOf(context);
  for (const [name, part] of rows) places.set(name, part.row?.position ?? 0);
  const names = [...places].sort(([, a], [, b]) => a - b);
  return new Map(names.map(([name]) => [name, (rows.get(name) ?? context?.get(name)) as Part]));
}

/**
 * Adds a version to the sum by which a header knows its rows. Number and highest version show rows that are too new; the sum
 * shows those that are too old, as when an entry known from before stands in for one that changed and went since: what is
 * newer is known from the highest version, so each such entry can only make the sum smaller.
 */
export const addVersion = (sum: number, version: number): number => (sum + version) % 2 ** 52;

/** The parts that have rows, by the key of the row. */
export function* rowsOf({ members, context }: SplitSnapshot): Generator<[key: string, part: Part]> {
  for (const [name, part] of members) if (part.row) yield [memberKey(name), part];
  for (const [name, part] of context ?? []) if (part.row) yield [entryKey(name), part];
}

function readHeader(header: HeaderRow): SplitSnapshot {
  try {
    const own = splitSnapshot(decodeJson(header.snapshot));
    if (header.context === null) return own;
    return { members: own.members, context: splitContext(decodeJson(header.context)) };
  } catch (cause) {
    throw corrupt("the stored snapshot of the run cannot be decoded", header, cause);
  }
}

export const corrupt = (message: string, header: Pick<HeaderRow, "workflow_name" | "run_id">, cause?: unknown) =>
  new StorageError(message, {
    code: "corrupt",
    details: { workflowName: header.workflow_name, runId: header.run_id },
    ...(cause !== undefined && { cause }),
  });

/** Versions are microseconds of a clock. Nobody prepares rows for half as long as this. */
const abandonedAfter = 3_600_000_000;

function straysOf(layout: RunLayout, rows: readonly StepRow[], now: number): Key[] {
  return rows
    .filter(({ generation, version }) => generation !== layout.generation && version + abandonedAfter < now * 1000)
    .map((row) => keyOf(steps, row));
}

/** Rough size in memory, in characters of JSON. */
export function sizeOf({ members, context }: SplitSnapshot): number {
  let size = 0;
  for (const part of members.values()) size += part.text.length;
  for (const part of context?.values() ?? []) size += part.text.length;
  return size;
}

/** The entries of a context as a caller's own object. */
export const takeContext = (context: ReadonlyMap<string, Part>): Record<string, unknown> => takeAll({}, context);

/** The whole snapshot as a caller's own object. */
export function takeSnapshot({ members, context }: SplitSnapshot): WorkflowRunState {
  const snapshot = takeAll({}, members);
  if (context) snapshot.context = takeContext(context);
  return snapshot as unknown as WorkflowRunState;
}

export function takeRun(image: RunImage): WorkflowRun {
  const { workflow_name, run_id, resourceId, createdAt, updatedAt } = image.header;
  return {
    workflowName: workflow_name,
    runId: run_id,
    ...(resourceId !== null && { resourceId }),
    snapshot: takeSnapshot(image),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

function takeAll(object: Record<string, unknown>, parts: ReadonlyMap<string, Part>): Record<string, unknown> {
  for (const [name, part] of parts) setMember(object, name, part.take());
  return object;
}
