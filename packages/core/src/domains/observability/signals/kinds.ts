import type { Clock } from "../../../engine/clock.ts";
import type { ColumnName, Row, StoredRow, Table } from "../../../engine/table.ts";
import { jsonOf, textOf } from "../spans/incoming.ts";
import {
  type CommonRow,
  commonRecord,
  commonRow,
  finite,
  givenOf,
  optionalJson,
  optionalText,
  parsed,
  signalId,
} from "./common.ts";
import { feedback, logs, metrics, scoreEvents } from "./tables.ts";
import type { FeedbackRecord, LogRecord, MetricRecord, ReviewStatus, ScoreRecord, SignalRecord } from "./types.ts";

/** One kind of signal: how its records become rows and rows become records. */
export interface SignalKind<T extends Table, Rec extends SignalRecord> {
  readonly table: T;
  /** Columns that a signal keeps when its id is written again. */
  readonly keep: readonly ColumnName<T>[];
  /** The row of a record; `undefined` for one without a usable number, which is left out. */
  toRow(input: unknown, index: number, clock: Clock): Row<T> | undefined;
  toRecord(row: StoredRow<T>): Rec;
}

export const logKind: SignalKind<typeof logs, LogRecord> = {
  table: logs,
  keep: ["arrival"],
  toRow(input, index, clock) {
    const given = givenOf(input);
    const level = textOf(given.level) || "info";
    return {
      logId: signalId(given.logId, "logId", index, clock),
      ...commonRow(given, level, given.executionSource ?? given.source, clock),
      level,
      message: textOf(given.message) ?? "",
      data: optionalJson(given.data),
    };
  },
  toRecord(row) {
    const { logId, level, message, data, executionSource } = row;
    return {
      logId,
      level: level as LogRecord["level"],
      message,
      data: parsed(data) as LogRecord["data"],
      ...commonRecord(row as CommonRow),
      source: executionSource,
    };
  },
};

export const metricKind: SignalKind<typeof metrics, MetricRecord> = {
  table: metrics,
  keep: ["arrival"],
  toRow(input, index, clock) {
    const given = givenOf(input);
    const value = finite(given.value);
    const name = textOf(given.name) ?? "";
    const metricId = signalId(given.metricId, "metricId", index, clock);
    if (value === null) return undefined;
    return {
      metricId,
      ...commonRow(given, name, given.executionSource ?? given.source, clock),
      name,
      value,
      labels: JSON.stringify(labelsOf(given.labels)),
      provider: optionalText(given.provider),
      model: optionalText(given.model),
      estimatedCost: finite(given.estimatedCost),
      costUnit: optionalText(given.costUnit),
      costMetadata: optionalJson(given.costMetadata),
    };
  },
  toRecord(row) {
    const { metricId, name, value, provider, model, estimatedCost, costUnit, executionSource } = row;
    return {
      metricId,
      name,
      value,
      labels: parsed(row.labels) as MetricRecord["labels"],
      provider,
      model,
      estimatedCost,
      costUnit,
      costMetadata: parsed(row.costMetadata) as MetricRecord["costMetadata"],
      ...commonRecord(row as CommonRow),
      source: executionSource,
    };
  },
};

export const scoreKind: SignalKind<typeof scoreEvents, ScoreRecord> = {
  table: scoreEvents,
  keep: ["arrival"],
  toRow(input, index, clock) {
    const given = givenOf(input);
    const score = finite(given.score);
    const scorerId = textOf(given.scorerId) ?? "";
    const scoreId = signalId(given.scoreId, "scoreId", index, clock);
    if (score === null) return undefined;
    return {
      scoreId,
      ...commonRow(given, scorerId, given.executionSource, clock),
      scorerId,
      scorerName: optionalText(given.scorerName),
      scorerVersion: optionalText(given.scorerVersion),
      scoreSource: optionalText(given.scoreSource ?? given.source),
      score,
      reason: optionalText(given.reason),
      scoreTraceId: optionalText(given.scoreTraceId),
    };
  },
  toRecord(row) {
    const { scoreId, scorerId, scorerName, scorerVersion, scoreSource, score, reason, scoreTraceId } = row;
    const own = { scoreId, scorerId, scorerName, scorerVersion, scoreSource, source: scoreSource };
    return { ...own, score, reason, scoreTraceId, ...commonRecord(row as CommonRow) };
  },
};

export const feedbackKind: SignalKind<typeof feedback, FeedbackRecord> = {
  table: feedback,
  keep: ["arrival", "reviewStatus"],
  toRow(input, index, clock) {
    const given = givenOf(input);
    const value = typeof given.value === "number" ? finite(given.value) : (textOf(given.value) ?? null);
    const feedbackType = textOf(given.feedbackType) ?? "";
    const feedbackId = signalId(given.feedbackId, "feedbackId", index, clock);
    if (value === null) return undefined;
    return {
      feedbackId,
      ...commonRow(given, feedbackType, given.executionSource, clock),
      feedbackSource: optionalText(given.feedbackSource ?? given.source),
      feedbackType,
      value: JSON.stringify(value),
      numeric: typeof value === "number" ? value : numberIn(value),
      comment: optionalText(given.comment),
      feedbackUserId: optionalText(given.feedbackUserId) ?? olderUserId(given),
      sourceId: optionalText(given.sourceId),
      reviewStatus: given.reviewStatus === "reviewed" ? "reviewed" : "needs-review",
    };
  },
  toRecord(row) {
    const { feedbackId, feedbackSource, feedbackType, comment, feedbackUserId, sourceId, reviewStatus } = row;
    return {
      feedbackId,
      feedbackSource,
      source: feedbackSource,
      feedbackType,
      value: parsed(row.value) as number | string,
      comment,
      feedbackUserId,
      sourceId,
      reviewStatus: reviewStatus as ReviewStatus,
      ...commonRecord(row as CommonRow),
    };
  },
};

/** Labels are texts by name; other values become their text. */
function labelsOf(value: unknown): Record<string, string> {
  const text = jsonOf(value);
  const plain: unknown = text == null ? undefined : JSON.parse(text);
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return {};
  const labels: Record<string, string> = Object.create(null);
  for (const [name, label] of Object.entries(plain)) {
    const labelText = textOf(label);
    if (labelText !== undefined) labels[name] = labelText;
  }
  return labels;
}

/** The number that a text is, as a whole; `null` for any other text. */
function numberIn(value: string): number | null {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(value.trim());
  return isNumber ? finite(Number(value)) : null;
}

/** Where callers of early releases put the one who gave the feedback. */
function olderUserId({ userId, metadata }: Readonly<Record<string, unknown>>): string | null {
  if (typeof userId === "string") return userId;
  const nested = (metadata as { userId?: unknown } | null | undefined)?.userId;
  return typeof nested === "string" ? nested : null;
}
