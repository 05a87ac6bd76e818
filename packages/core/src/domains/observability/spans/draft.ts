import type { SpanRow } from "../tables.ts";
import { isAbandoned } from "./abandoned.ts";
import type { GivenChange, GivenRow } from "./incoming.ts";

/** The columns a merge must know of a stored span; the payloads are read only where a merge fills gaps. */
export const mergeColumns = [
  "traceId",
  "spanId",
  "parentSpanId",
  "isEvent",
  "startedAt",
  "startNs",
  "endedAt",
  "endNs",
  "hasRemoteParent",
  "branchType",
  "error",
] as const;

/** A stored span as far as it was read: {@link mergeColumns}, or the whole row. */
export type KnownSpan = Pick<SpanRow, (typeof mergeColumns)[number]> & Partial<SpanRow> & { readonly _rev: number };

/** What a span contributes to its trace's index row. */
export interface SpanFacts {
  readonly isRoot: boolean;
  readonly isRemote: boolean;
  readonly hasError: boolean;
}

/** Columns that say when a span was or belong to the row itself; all others are merged one by one. */
const ownRules: ReadonlySet<string> = new Set([
  "traceId",
  "spanId",
  "startedAt",
  "startNs",
  "endedAt",
  "endNs",
  "createdAt",
  "updatedAt",
  "hasRemoteParent",
  "branchType",
  "branchEnd",
  "branchArrival",
  "usage",
]);

/**
 * One span while a batch is computed: what is stored, and what becomes of it. Holds the merge rules of creates (C1 to C4) and
 * updates (U1 to U5).
 */
export class SpanDraft {
  readonly traceId: string;
  readonly spanId: string;
  /** The row as stored; `undefined` when there is none. */
  readonly stored: KnownSpan | undefined;
  /** The whole new row, when nothing is stored. */
  row: SpanRow | undefined;
  /** Changed columns, when something is stored. */
  changes: Partial<SpanRow> | undefined;
  isRemoved = false;
  /** A merge needs columns that were not read. */
  needsWholeRow = false;

  constructor(traceId: string, spanId: string, stored: KnownSpan | undefined) {
    this.traceId = traceId;
    this.spanId = spanId;
    this.stored = stored;
  }

  get exists(): boolean {
    return !this.isRemoved && (this.row !== undefined || this.stored !== undefined);
  }

  get isTouched(): boolean {
    return this.isRemoved || this.row !== undefined || this.changes !== undefined;
  }

  /** Whether every column of the span as it will be is known. */
  get isWhole(): boolean {
    return this.row !== undefined || this.stored?.name !== undefined;
  }

  /** What the stored span contributed. */
  get before(): SpanFacts | undefined {
    return this.stored && factsOf(this.stored);
  }

  /** What the span will contribute. */
  get after(): SpanFacts | undefined {
    if (!this.exists) return undefined;
    return this.row ? factsOf(this.row) : factsOf(this.merged());
  }

  /** The span as it will be, as far as it is known. */
  merged(): KnownSpan | SpanRow {
    return this.row ?? ({ ...(this.stored as KnownSpan), ...this.changes } as KnownSpan);
  }

  create(given: GivenRow, now: number): void {
    if (!this.exists) {
      this.row = freshRow(given, now);
      return;
    }
    const isStale = this.current("endedAt") !== null && given.endedAt === null;
    this.merge(given, isStale, now);
  }

  /** Only for a span that exists. */
  update({ set, isOpenSnapshot }: GivenChange, now: number): void {
    this.merge(set, isOpenSnapshot && this.current("endedAt") !== null, now, true);
  }

  remove(): void {
    this.isRemoved = true;
  }

  private merge(given: Partial<GivenRow>, fillsOnly: boolean, now: number, clears = false): void {
    for (const name of Object.keys(given) as (keyof GivenRow)[]) {
      if (ownRules.has(name)) continue;
      const value = given[name];
      if (value === undefined || (value === null && !clears)) continue;
      if (!fillsOnly) this.put(name, value);
      else if (value !== null && this.current(name) === null) {
        this.put(name, value);
        if (name === "otel") this.put("hasRemoteParent", given.hasRemoteParent ?? false);
      } else continue;
      if (name === "attributes") this.put("usage", given.usage ?? null);
    }
    if (!fillsOnly) {
      // The real end has come after all.
      if (given.endedAt != null && given.error == null && isAbandoned(this.current("error"))) this.put("error", null);
      if (given.hasRemoteParent != null) this.put("hasRemoteParent", given.hasRemoteParent);
      this.putTime("startedAt", "startNs", given.startedAt, given.startNs);
      this.putTime("endedAt", "endNs", given.endedAt, given.endNs);
    }
    if (this.current("isEvent") && this.current("endedAt") === null) {
      this.put("endedAt", this.current("startedAt"));
      this.put("endNs", this.current("startNs"));
    }
    this.put("updatedAt", now);
  }

  /** A time with its nanoseconds. The same millisecond without nanoseconds says nothing new about them. */
  private putTime(
    at: "startedAt" | "endedAt",
    ns: "startNs" | "endNs",
    milliseconds: number | null | undefined,
    nanos: number | null | undefined,
  ): void {
    if (milliseconds == null) return;
    if (nanos == null && this.current(at) === milliseconds) return;
    this.put(at, milliseconds);
    this.put(ns, nanos ?? 0);
  }

  private current<Name extends keyof SpanRow>(name: Name): SpanRow[Name] {
    if (this.row) return this.row[name];
    const changed = this.changes?.[name];
    if (changed !== undefined) return changed as SpanRow[Name];
    const known = this.stored?.[name];
    if (known === undefined) this.needsWholeRow = true;
    return known as SpanRow[Name];
  }

  private put(name: keyof SpanRow, value: unknown): void {
    const target = (this.row ?? (this.changes ??= {})) as Record<string, unknown>;
    target[name] = value;
  }
}

export function factsOf({
  parentSpanId,
  hasRemoteParent,
  error,
}: Pick<SpanRow, "parentSpanId" | "hasRemoteParent" | "error">): SpanFacts {
  return {
    isRoot: parentSpanId === null,
    isRemote: parentSpanId !== null && hasRemoteParent,
    hasError: error !== null,
  };
}

/** The row of a span seen for the first time, with defaults in the place of what must not be null. */
function freshRow(given: GivenRow, now: number): SpanRow {
  const row = { ...given } as SpanRow;
  row.name ??= "";
  row.spanType ??= "generic";
  row.isEvent ??= false;
  row.startNs ??= 0;
  row.endNs ??= 0;
  row.hasRemoteParent ??= false;
  row.createdAt = now;
  row.updatedAt = now;
  if (row.isEvent && row.endedAt === null) {
    row.endedAt = row.startedAt;
    row.endNs = row.startNs;
  }
  return row;
}
