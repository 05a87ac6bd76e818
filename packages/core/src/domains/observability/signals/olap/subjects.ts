import type { Table } from "../../../../engine/table.ts";
import { refused } from "../../conditions.ts";
import { type Member, readSignalFilters, type SignalQuery, signalMembers, withFeedbackUser } from "../filters.ts";
import { feedback, metrics, scoreEvents } from "../tables.ts";

/** A kind of signal as aggregates see it. */
export interface Measured {
  readonly table: Table;
  readonly members: ReadonlyMap<string, Member>;
  /** The column that is measured; rows where it is null do not take part. */
  readonly value: string;
  /** Columns that may be grouped by, under the names callers use. */
  readonly columns: ReadonlyMap<string, string>;
  /** Whether any other name is that of a label, and whether there are costs. */
  readonly isMetric: boolean;
}

const ownOrder: ReadonlySet<string> = new Set(["subjectKey", "tenantKey"]);

const textColumns = (table: Table, source: string): ReadonlyMap<string, string> =>
  new Map([
    ...table.columnNames
      .filter((name) => table.columns[name]?.type === "text" && !ownOrder.has(name))
      .map((name) => [name, name] as const),
    ["source", source] as const,
  ]);

export const measuredMetrics: Measured = {
  table: metrics,
  members: signalMembers.metric,
  value: "value",
  columns: textColumns(metrics, "executionSource"),
  isMetric: true,
};
export const measuredScores: Measured = {
  table: scoreEvents,
  members: signalMembers.score,
  value: "score",
  columns: textColumns(scoreEvents, "scoreSource"),
  isMetric: false,
};
export const measuredFeedback: Measured = {
  table: feedback,
  members: signalMembers.feedback,
  value: "numeric",
  columns: textColumns(feedback, "feedbackSource"),
  isMetric: false,
};

/** What is measured, and which of it. */
export interface Subject {
  readonly kind: Measured;
  /** How a series without groups is called. */
  readonly name: string;
  /** The conditions, read anew at each call: the caller may change the range. */
  query(): SignalQuery;
}

/** @throws StorageError `INVALID_ARGUMENT` when the name is missing or a filter is none. */
export function metricSubject(args: Readonly<Record<string, unknown>>): Subject {
  const names = Array.isArray(args.name) ? (args.name as unknown[]) : [args.name];
  if (names.length === 0 || names.some((name) => typeof name !== "string")) {
    throw refused("name", "must be a string or a list of strings");
  }
  return subject(measuredMetrics, names.join(","), args, { name: names });
}

/** @throws StorageError `INVALID_ARGUMENT` when the scorer is missing or a filter is none. */
export const scoreSubject = (args: Readonly<Record<string, unknown>>): Subject =>
  sourcedSubject(measuredScores, args, "scorerId", "scoreSource");

/** @throws StorageError `INVALID_ARGUMENT` when the type is missing or a filter is none. */
export const feedbackSubject = (args: Readonly<Record<string, unknown>>): Subject =>
  sourcedSubject(measuredFeedback, withFeedbackUser(args) as typeof args, "feedbackType", "feedbackSource");

function sourcedSubject(
  kind: Measured,
  args: Readonly<Record<string, unknown>>,
  subjectName: string,
  sourceName: string,
): Subject {
  const { [subjectName]: id, [sourceName]: source } = args;
  if (typeof id !== "string") throw refused(subjectName, "must be a string");
  if (source !== undefined && typeof source !== "string") throw refused(sourceName, "must be a string");
  const name = source === undefined ? id : `${id}|${source}`;
  return subject(kind, name, args, { [subjectName]: id, ...(source !== undefined && { [sourceName]: source }) });
}

function subject(kind: Measured, name: string, { filters }: Readonly<Record<string, unknown>>, own: object): Subject {
  const query = () => {
    const read = readSignalFilters(filters, kind.members);
    // Both may name the same member; each condition stands.
    for (const [member, value] of Object.entries(own)) read.add(member, kind.members.get(member) as Member, value);
    if (kind.value === "numeric") read.residual.push({ op: "notNull", column: kind.value });
    return read;
  };
  query();
  return { kind, name, query };
}
