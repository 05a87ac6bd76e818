import type { Clock } from "../../../engine/clock.ts";
import type { Row } from "../../../engine/table.ts";
import { invalid } from "../../../errors.ts";
import { readInstant } from "../../shared/values.ts";
import { isIdentity, jsonOf, textOf } from "../spans/incoming.ts";
import { indexText } from "../traces/index-text.ts";
import { type logs, signalContext } from "./tables.ts";
import type { SignalRecord } from "./types.ts";

type CommonColumn = Exclude<keyof Row<typeof logs>, "logId" | "level" | "message" | "data">;

/** The columns that every signal has. */
export type CommonRow = Pick<Row<typeof logs>, CommonColumn>;

export type Given = Readonly<Record<string, unknown>>;

export const givenOf = (input: unknown): Given => (typeof input === "object" && input !== null ? (input as Given) : {});

/**
 * The id of a signal; one that is missing is made.
 *
 * @throws StorageError `VALIDATION_FAILED` for an id that cannot be a key.
 */
export function signalId(value: unknown, path: string, index: number, clock: Clock): string {
  if (value === undefined || value === null || value === "") return clock.id();
  if (isIdentity(value)) return value;
  throw invalid(`${path} must be 1 to 512 bytes of text without U+0000`, "VALIDATION_FAILED", { index, path });
}

/** What every signal has, repaired where needed: nothing here can be refused. */
export function commonRow(given: Given, subject: string, executionSource: unknown, clock: Clock): CommonRow {
  const row: Record<string, unknown> = {
    traceId: isIdentity(given.traceId) ? given.traceId : null,
    spanId: isIdentity(given.spanId) ? given.spanId : null,
    timestamp: readInstant(given.timestamp)?.getTime() ?? clock.now(),
    arrival: clock.sequence(),
    subjectKey: indexText(subject),
  };
  for (const column of signalContext) row[column] = optionalText(given[column]);
  const organizationId = row.organizationId as string | null;
  row.tenantKey = organizationId === null ? null : indexText(organizationId);
  row.executionSource = optionalText(executionSource);
  for (const column of ["scope", "tags", "metadata"]) row[column] = optionalJson(given[column]);
  return row as CommonRow;
}

export const optionalText = (value: unknown): string | null => textOf(value) ?? null;
export const optionalJson = (value: unknown): string | null => jsonOf(value) ?? null;
export const finite = (value: unknown): number | null =>
  typeof value === "number" && Number.isFinite(value) ? value : null;

/** What every signal returns. */
export function commonRecord(row: CommonRow): SignalRecord {
  const record: Record<string, unknown> = {
    traceId: row.traceId,
    spanId: row.spanId,
    timestamp: new Date(row.timestamp),
  };
  for (const column of signalContext) record[column] = row[column as keyof CommonRow];
  record.executionSource = row.executionSource;
  record.scope = parsed(row.scope);
  record.tags = parsed(row.tags);
  record.metadata = parsed(row.metadata);
  return record as unknown as SignalRecord;
}

export const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
