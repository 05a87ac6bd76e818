import { type Change, modifyBy } from "../../../engine/modify.ts";
import { get, insert, patch, type WriteOp } from "../../../engine/operations.ts";
import type { ColumnName, StoredRow } from "../../../engine/table.ts";
import { invalid, StorageError } from "../../../errors.ts";
import type { DomainContext } from "../../shared/context.ts";
import { readTogether } from "../../shared/read-together.ts";
import { observationalMemory } from "../tables.ts";
import { modifyColumns, recordId } from "./access.ts";
import { markOf, newestNumber, unmarked } from "./generations.ts";
import { findableMemoryKey, type MemoryKey } from "./key.ts";
import { emptyRow, type MemoryRow, recordNotFound, toRecord } from "./records.ts";
import type { ObservationalMemoryRecord } from "./types.ts";
import { text, tokens } from "./values.ts";

/** What the next generation takes over. */
const carried = [
  "lookupKey",
  "scope",
  "threadId",
  "resourceId",
  "originType",
  "config",
  "metadata",
  "observedTimezone",
  "totalTokensObserved",
  "lastObservedAt",
] as const satisfies readonly ColumnName<typeof observationalMemory>[];
type Carried = (typeof carried)[number];

export function createReflection(
  context: DomainContext,
  args: { currentRecord?: unknown; reflection?: unknown; tokenCount?: unknown },
): Promise<ObservationalMemoryRecord> {
  const reflection = text(args.reflection, "reflection");
  const tokenCount = tokens(args.tokenCount, "tokenCount");
  return addGeneration(context, args.currentRecord, carried, tokenCount, (row) => ({
    activeObservations: reflection,
    // Sets what is set already: the old record stays as it is, but a deletion that has read it sees that it is out of date.
    touch: patch(observationalMemory, [row.id], { set: { originType: row.originType }, expect: "exists" }),
  }));
}

export function swapBufferedReflection(
  context: DomainContext,
  args: { currentRecord?: unknown; tokenCount?: unknown },
): Promise<ObservationalMemoryRecord> {
  const tokenCount = tokens(args.tokenCount, "tokenCount");
  const columns = [...carried, "activeObservations", "bufferedReflection", "reflectedObservationLineCount"] as const;
  return addGeneration(context, args.currentRecord, columns, tokenCount, (row, now) => {
    if (!row.bufferedReflection) throw nothingBuffered(row.id);
    const lines = row.activeObservations.split("\n");
    const rest = lines
      .slice(row.reflectedObservationLineCount ?? 0)
      .join("\n")
      .trim();
    const set = {
      bufferedReflection: null,
      bufferedReflectionTokens: null,
      bufferedReflectionInputTokens: null,
      reflectedObservationLineCount: null,
      updatedAt: now,
    };
    return {
      activeObservations: rest === "" ? row.bufferedReflection : `${row.bufferedReflection}\n\n${rest}`,
      touch: patch(observationalMemory, [row.id], { set, expect: { rev: row._rev } }),
    };
  });
}

const nothingBuffered = (id: string) =>
  new StorageError("No buffered reflection to swap", {
    code: "conflict",
    status: "NO_CONTENT",
    details: { recordId: id },
  });

type Source<K extends ColumnName<typeof observationalMemory>> = StoredRow<typeof observationalMemory, K> & {
  readonly id: string;
};

/**
 * Adds a generation after the highest of the key, in one batch with a change of the record it comes from. The number is
 * claimed by the unique key: of two that race one starts again and takes the next.
 */
function addGeneration<const K extends ColumnName<typeof observationalMemory>>(
  { engine, clock }: DomainContext,
  given: unknown,
  columns: readonly K[],
  tokenCount: number,
  next: (row: Source<K>, now: number) => { activeObservations: string; touch: WriteOp },
): Promise<ObservationalMemoryRecord> {
  if (typeof given !== "object" || given === null) {
    throw invalid("currentRecord must be an object", "INVALID_INPUT", { path: "currentRecord" });
  }
  const record = given as Partial<Record<keyof ObservationalMemoryRecord, unknown>>;
  const id = recordId(record.id);
  const least = Number.isSafeInteger(record.generationCount) ? (record.generationCount as number) : 0;
  // Where the copy passed in says that the record stands; what is stored decides, at the price of a second read.
  const expected = findableMemoryKey(record.threadId, record.resourceId);
  return modifyBy(engine, expected?.lookupKey ?? id, async (): Promise<Change<ObservationalMemoryRecord>> => {
    const answers = await readTogether(engine, {
      source: get(observationalMemory, [[id]], columns),
      newest: expected && newestNumber(expected.lookupKey),
      mark: expected && markOf(expected),
    });
    const source = answers.source.rows[0] as unknown as StoredRow<typeof observationalMemory, Carried> | undefined;
    if (!source) throw recordNotFound(id);
    const key: MemoryKey = { lookupKey: source.lookupKey, threadId: source.threadId };
    const isExpected = key.lookupKey === expected?.lookupKey;
    const { newest, mark } = isExpected
      ? answers
      : await readTogether(engine, { newest: newestNumber(key.lookupKey), mark: markOf(key) });
    if (mark?.rows[0]) throw recordNotFound(id);

    const now = clock.now();
    const { activeObservations, touch } = next({ ...source, id } as unknown as Source<K>, now);
    const row: MemoryRow = {
      ...emptyRow(now),
      id: clock.id(),
      lookupKey: source.lookupKey,
      scope: source.scope,
      threadId: source.threadId,
      resourceId: source.resourceId,
      originType: "reflection",
      generationCount: Math.max(newest?.rows[0]?.generationCount ?? 0, least) + 1,
      activeObservations,
      observationTokenCount: tokenCount,
      totalTokensObserved: source.totalTokensObserved,
      lastObservedAt: source.lastObservedAt,
      lastReflectionAt: now,
      observedTimezone: source.observedTimezone,
      config: source.config,
      metadata: source.metadata,
    };
    return { write: [...unmarked(key), insert(observationalMemory, row), touch], result: toRecord(row) };
  });
}

export function bufferReflection(
  context: DomainContext,
  args: {
    id?: unknown;
    reflection?: unknown;
    tokenCount?: unknown;
    inputTokenCount?: unknown;
    reflectedObservationLineCount?: unknown;
  },
): Promise<void> {
  const reflection = text(args.reflection, "reflection");
  const tokenCount = tokens(args.tokenCount, "tokenCount");
  const inputTokenCount = tokens(args.inputTokenCount, "inputTokenCount");
  const lineCount = tokens(args.reflectedObservationLineCount, "reflectedObservationLineCount");
  const columns = ["bufferedReflection", "bufferedReflectionTokens", "bufferedReflectionInputTokens"] as const;
  return modifyColumns(context, args.id, columns, (row) => ({
    set: {
      bufferedReflection: row.bufferedReflection ? `${row.bufferedReflection}\n\n${reflection}` : reflection,
      bufferedReflectionTokens: (row.bufferedReflectionTokens ?? 0) + tokenCount,
      bufferedReflectionInputTokens: (row.bufferedReflectionInputTokens ?? 0) + inputTokenCount,
      reflectedObservationLineCount: lineCount,
    },
    result: undefined,
  }));
}
