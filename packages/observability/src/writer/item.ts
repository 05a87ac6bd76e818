import type {
  CreateFeedbackRecord,
  CreateLogRecord,
  CreateMetricRecord,
  CreateScoreRecord,
  CreateSpanRecord,
  UpdateSpanArgs,
} from "@stowage/core";

/** One thing to write. */
export type Item =
  | { kind: "create"; record: CreateSpanRecord }
  | { kind: "update"; record: UpdateSpanArgs }
  | { kind: "log"; record: CreateLogRecord }
  | { kind: "metric"; record: CreateMetricRecord }
  | { kind: "score"; record: CreateScoreRecord }
  | { kind: "feedback"; record: CreateFeedbackRecord };

export type Kind = Item["kind"];
export type Signal = "tracing" | "log" | "metric" | "score" | "feedback";

/** In the order in which a flush writes them: a span before its updates. */
export const kinds = ["create", "update", "log", "metric", "score", "feedback"] as const satisfies readonly Kind[];

export const signalOf = (kind: Kind): Signal => (kind === "create" || kind === "update" ? "tracing" : kind);

/** Estimated size in bytes of JSON. */
export function sizeOf(item: Item): number {
  try {
    return JSON.stringify(item.record).length;
  } catch {
    return 0;
  }
}
