import type { EngineValue } from "../../../engine/column.ts";
import { feedback, scoreEvents } from "../signals/tables.ts";
import { statusOf } from "../spans/status.ts";
import { spans } from "../tables.ts";
import { longValues } from "../traces/index-text.ts";
import type { RelatedName, Scope } from "./plan.ts";

/** What a field of a record is to a condition. Null stands for none. */
export type FieldValue = string | number | readonly string[] | null;
export type QueryRow = Readonly<Record<string, EngineValue>>;

/** Columns of the trace index that queries look at and results show. */
export const indexColumns = [
  "traceId",
  "rootSpanId",
  "parentSpanId",
  "name",
  "startedAt",
  "endedAt",
  "endOrder",
  "createdAt",
  "status",
  "entityType",
  "entityId",
  "entityName",
  "threadId",
  "resourceId",
  "organizationId",
  "userId",
  "sessionId",
  "experimentId",
  "environment",
  "serviceName",
  "source",
  "tags",
  "metadata",
  "inputPreview",
  "long",
  "arrival",
] as const;

/** Fields that are compared as instants: a condition gives ISO text. */
export const instantFields: ReadonlySet<string> = new Set(["startedAt", "endedAt", "timestamp"]);

export const relatedTables = { spans, scores: scoreEvents, feedback } as const;

/** Fields with another column, or made from several. */
const sources: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  spans: {
    model: ["attributes"],
    provider: ["attributes"],
    durationMs: ["startedAt", "endedAt"],
    status: ["error", "endedAt"],
  },
};

/** The columns that a field of a related record is read from. Unknown fields read nothing and are always absent. */
export function columnsOf(collection: RelatedName, field: string): readonly string[] {
  const own = sources[collection]?.[field];
  if (own) return own;
  return Object.hasOwn(relatedTables[collection].columns, field) ? [field] : [];
}

/** What a field of a record holds. */
export function fieldValue(scope: Scope, row: QueryRow, field: string): FieldValue {
  if (scope === "trace") return traceValue(row, field);
  const value = row[field];
  if (scope === "spans") {
    if (field === "model" || field === "provider") return member(row.attributes, field);
    if (field === "durationMs") return duration(row);
    if (field === "status") return statusOf(row as { error: string | null; endedAt: number | null });
  }
  if (scope === "feedback" && field === "value") return JSON.parse(value as string) as string | number;
  return value === undefined || typeof value === "boolean" || typeof value === "bigint" ? null : value;
}

function traceValue(row: QueryRow, field: string): FieldValue {
  if (field === "durationMs") return duration(row);
  if (field === "tags") return tagsOf(row);
  if (field === "executionSource") return traceValue(row, "source");
  if (field.startsWith("metadata.")) return metadataValue(row, field.slice("metadata.".length));
  const value = row[field];
  if (typeof value !== "string") return typeof value === "number" ? value : null;
  return row.long === null ? value : (longValues(row as { long: string })[field] ?? value);
}

const duration = ({ startedAt, endedAt }: QueryRow): number | null =>
  typeof startedAt === "number" && typeof endedAt === "number" ? endedAt - startedAt : null;

function tagsOf({ tags }: QueryRow): readonly string[] {
  const list: unknown = typeof tags === "string" ? JSON.parse(tags) : undefined;
  return Array.isArray(list) ? list.filter((tag) => typeof tag === "string") : [];
}

/** Only texts that say something count, trimmed. */
export function metadataValue({ metadata }: QueryRow, key: string): string | null {
  const text = member(metadata, key)?.trim();
  return text ? text : null;
}

function member(json: EngineValue | undefined, name: string): string | null {
  const object: unknown = typeof json === "string" ? JSON.parse(json) : undefined;
  if (typeof object !== "object" || object === null || !Object.hasOwn(object, name)) return null;
  const value = (object as Record<string, unknown>)[name];
  return typeof value === "string" ? value : null;
}
