import { encodeJson } from "../../../engine/json.ts";
import { invalid } from "../../../errors.ts";
import { readInstant } from "../../shared/values.ts";
import { contractError } from "../contract-error.ts";
import { usageText } from "../rollups/usage.ts";
import { contextColumns, type SpanRow } from "../tables.ts";

/**
 * A create as it came, encoded. `row` has null for what was not given, `name`, `spanType` and `isEvent` included; the nulls
 * of non-null columns are filled when the row is inserted, so that a default never replaces a stored value.
 */
export interface IncomingCreate {
  readonly kind: "create";
  readonly traceId: string;
  readonly spanId: string;
  readonly row: GivenRow;
  readonly bytes: number;
}

/** An update as it came, encoded: only what was given, null for "clear". */
export interface IncomingUpdate {
  readonly kind: "update";
  readonly traceId: string;
  readonly spanId: string;
  readonly change: GivenChange;
  readonly bytes: number;
}

/** A removal by retention: `rev` is the revision that was found too old. */
export interface IncomingRemove {
  readonly kind: "remove";
  readonly traceId: string;
  readonly spanId: string;
  readonly rev: number;
  readonly bytes: number;
}

/** The end of a span that nobody will end: it applies only while the span still has the revision that was found so old. */
export interface IncomingClose {
  readonly kind: "close";
  readonly traceId: string;
  readonly spanId: string;
  readonly rev: number;
  readonly change: GivenChange;
  readonly bytes: number;
}

export type Incoming = IncomingCreate | IncomingUpdate | IncomingRemove | IncomingClose;

/** A row before its defaults are filled in. `startNs` and `endNs` are null when nothing was said about them. */
export type GivenRow = { [K in keyof SpanRow]: SpanRow[K] | null };

export interface GivenChange {
  readonly set: Partial<GivenRow>;
  /** The update came with `endedAt: null`: a snapshot from before the end. */
  readonly isOpenSnapshot: boolean;
}

const jsonColumns = [
  "scope",
  "tags",
  "error",
  "metadata",
  "links",
  "requestContext",
  "attributes",
  "input",
  "output",
] as const;
/** The upstream exporter sends these as null with every end; a null here says nothing. */
const notCleared: ReadonlySet<string> = new Set(["scope", "links"]);

/** Fixed cost of a row beside its texts, in bytes; an estimate for cutting batches. */
const rowOverhead = 400;

/**
 * Encodes a span to create. Only identity and start can be refused; everything else is repaired.
 *
 * @throws StorageError `OBSERVABILITY_TRACE_ID_REQUIRED`, `OBSERVABILITY_SPAN_ID_REQUIRED` or `VALIDATION_FAILED`, naming
 * `index`.
 */
export function readCreate(input: unknown, index: number, storeName: string): IncomingCreate {
  const span = (typeof input === "object" && input !== null ? input : {}) as Record<string, unknown>;
  const traceId = identity(span.traceId, "traceId", index);
  const spanId = identity(span.spanId, "spanId", index);
  const startedAt = instant(span.startedAt);
  if (startedAt === null) {
    // One id, whichever method the span came through.
    throw invalid(
      "startedAt is not a date, ISO 8601 text or milliseconds",
      "VALIDATION_FAILED",
      { index, traceId, spanId, path: "startedAt" },
      `STOWAGE_${storeName}_CREATE_SPAN_VALIDATION_FAILED`,
    );
  }
  const isEvent = span.isEvent === undefined || span.isEvent === null ? null : Boolean(span.isEvent);
  const otel = span.otel === undefined || span.otel === null ? undefined : readOtel(span.otel);
  const startNs = otel ? nanosIn(otel.start, startedAt) : null;
  let endedAt = span.endedAt === undefined || span.endedAt === null ? null : instant(span.endedAt);
  let endNs = endedAt === null || !otel ? null : nanosIn(otel.end, endedAt);
  if (endedAt === null && isEvent === true) {
    endedAt = startedAt;
    endNs = startNs;
  }
  const attributes = jsonOf(span.attributes) ?? null;
  // One literal, so that all rows share a shape.
  const row: GivenRow = {
    traceId,
    spanId,
    parentSpanId: textOf(span.parentSpanId) || null,
    name: textOf(span.name) ?? null,
    spanType: textOf(span.spanType) || null,
    isEvent,
    startedAt,
    startNs,
    endedAt,
    endNs,
    createdAt: null,
    updatedAt: null,
    hasRemoteParent: otel ? otel.hasRemoteParent : null,
    branchType: null,
    branchEnd: null,
    branchArrival: null,
    usage: usageOf(span.attributes, attributes),
    entityType: textOf(span.entityType) ?? null,
    entityId: textOf(span.entityId) ?? null,
    entityName: textOf(span.entityName) ?? null,
    entityVersionId: textOf(span.entityVersionId) ?? null,
    parentEntityType: textOf(span.parentEntityType) ?? null,
    parentEntityId: textOf(span.parentEntityId) ?? null,
    parentEntityName: textOf(span.parentEntityName) ?? null,
    parentEntityVersionId: textOf(span.parentEntityVersionId) ?? null,
    rootEntityType: textOf(span.rootEntityType) ?? null,
    rootEntityId: textOf(span.rootEntityId) ?? null,
    rootEntityName: textOf(span.rootEntityName) ?? null,
    rootEntityVersionId: textOf(span.rootEntityVersionId) ?? null,
    userId: textOf(span.userId) ?? null,
    organizationId: textOf(span.organizationId) ?? null,
    resourceId: textOf(span.resourceId) ?? null,
    runId: textOf(span.runId) ?? null,
    sessionId: textOf(span.sessionId) ?? null,
    threadId: textOf(span.threadId) ?? null,
    requestId: textOf(span.requestId) ?? null,
    environment: textOf(span.environment) ?? null,
    serviceName: textOf(span.serviceName) ?? null,
    experimentId: textOf(span.experimentId) ?? null,
    source: textOf(span.source) ?? null,
    scope: jsonOf(span.scope) ?? null,
    tags: jsonOf(span.tags) ?? null,
    error: jsonOf(span.error) ?? null,
    metadata: jsonOf(span.metadata) ?? null,
    links: jsonOf(span.links) ?? null,
    requestContext: jsonOf(span.requestContext) ?? null,
    attributes,
    input: jsonOf(span.input) ?? null,
    output: jsonOf(span.output) ?? null,
    otel: otel ? otel.text : null,
  };
  return { kind: "create", traceId, spanId, row, bytes: sizeOf(row) };
}

/**
 * Encodes an update. What cannot be used is left out, so that the stored value stays.
 *
 * @throws StorageError `OBSERVABILITY_TRACE_ID_REQUIRED` or `OBSERVABILITY_SPAN_ID_REQUIRED`, naming `index`.
 */
export function readUpdate(input: unknown, index: number): IncomingUpdate {
  const record = (typeof input === "object" && input !== null ? input : {}) as Record<string, unknown>;
  const traceId = identity(record.traceId, "traceId", index);
  const spanId = identity(record.spanId, "spanId", index);
  const updates = (typeof record.updates === "object" && record.updates !== null ? record.updates : {}) as Record<
    string,
    unknown
  >;
  const set: Partial<GivenRow> = {};
  if (updates.parentSpanId !== undefined) {
    const parent = textOf(updates.parentSpanId);
    if (parent !== undefined) set.parentSpanId = parent || null;
    else if (updates.parentSpanId === null) set.parentSpanId = null;
  }
  const name = textOf(updates.name);
  if (name !== undefined) set.name = name;
  const spanType = textOf(updates.spanType);
  if (spanType) set.spanType = spanType;
  if (updates.isEvent !== undefined && updates.isEvent !== null) set.isEvent = Boolean(updates.isEvent);
  const startedAt = instant(updates.startedAt);
  if (startedAt !== null) set.startedAt = startedAt;
  const endedAt = instant(updates.endedAt);
  if (endedAt !== null) set.endedAt = endedAt;
  for (const column of contextColumns) {
    const value = updates[column];
    if (value === undefined) continue;
    const text = textOf(value);
    if (text !== undefined) set[column] = text;
    else if (value === null) set[column] = null;
  }
  for (const column of jsonColumns) {
    const value = updates[column];
    if (value === undefined) continue;
    const text = value === null ? null : jsonOf(value);
    if (text === undefined || (text === null && notCleared.has(column))) continue;
    set[column] = text;
    if (column === "attributes") set.usage = usageOf(value, text);
  }
  if (updates.otel === null) {
    set.otel = null;
    set.hasRemoteParent = false;
  } else if (updates.otel !== undefined) {
    const otel = readOtel(updates.otel);
    if (otel) {
      set.otel = otel.text;
      set.hasRemoteParent = otel.hasRemoteParent;
      if (startedAt !== null) set.startNs = nanosIn(otel.start, startedAt);
      if (endedAt !== null) set.endNs = nanosIn(otel.end, endedAt);
    }
  }
  const change = { set, isOpenSnapshot: updates.endedAt === null };
  return { kind: "update", traceId, spanId, change, bytes: sizeOf(set) };
}

/** An update that says enough to make the span, as the create it stands for. */
export function asCreate({ traceId, spanId, change: { set }, bytes }: IncomingUpdate): IncomingCreate | undefined {
  const { name, spanType, isEvent, startedAt } = set;
  if (name == null || spanType == null || isEvent == null || startedAt == null) return undefined;
  return { kind: "create", traceId, spanId, row: { ...emptyRow, ...set, traceId, spanId }, bytes };
}

const emptyRow = readCreate({ traceId: "t", spanId: "s", startedAt: 0 }, 0, "").row;

/** Identity keys are 1 to 512 bytes of well-formed text without U+0000, compared byte by byte. */
export function isIdentity(value: unknown): value is string {
  if (typeof value !== "string" || value === "" || value.length > 512) return false;
  if (value.includes("\0") || !value.isWellFormed()) return false;
  return value.length <= 170 || new TextEncoder().encode(value).length <= 512;
}

function identity(value: unknown, path: "traceId" | "spanId", index: number): string {
  if (isIdentity(value)) return value;
  const id = path === "traceId" ? "OBSERVABILITY_TRACE_ID_REQUIRED" : "OBSERVABILITY_SPAN_ID_REQUIRED";
  const message = `${path} must be 1 to 512 bytes of text without U+0000`;
  throw contractError(message, "invalid_argument", id, { index, path });
}

function instant(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  return readInstant(value)?.getTime() ?? null;
}

/** A text as it is, anything else that has a JSON form as that; `undefined` for what says nothing. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return undefined;
  const text = encodeJson(value);
  if (text === undefined || text === "null") return undefined;
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** JSON text; `null` for a value that JSON can only say as null, `undefined` for one it cannot say at all. */
export function jsonOf(value: unknown): string | null | undefined {
  if (value === undefined || value === null) return undefined;
  const text = encodeJson(value);
  return text === "null" ? null : text;
}

/** Read from the value as it was given: parsing the text of large attributes once more would cost more than all the rest. */
function usageOf(attributes: unknown, text: string | null): string | null {
  if (text === null) return null;
  const isPlain = typeof (attributes as { toJSON?: unknown }).toJSON !== "function";
  return usageText(isPlain ? attributes : JSON.parse(text));
}

interface ReadOtel {
  readonly text: string | null;
  readonly start: string | undefined;
  readonly end: string | undefined;
  readonly hasRemoteParent: boolean;
}

/** The flags say that it is known whether the parent is remote, and that it is. */
const remoteParentFlags = 0x300;

function readOtel(value: unknown): ReadOtel | undefined {
  const text = jsonOf(value);
  const plain: unknown = text == null ? undefined : JSON.parse(text);
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return undefined;
  const { startTimeUnixNano, endTimeUnixNano, ...rest } = plain as Record<string, unknown>;
  if (Object.keys(plain).length === 0) return { text: null, start: undefined, end: undefined, hasRemoteParent: false };
  return {
    text: JSON.stringify(rest),
    start: decimal(startTimeUnixNano),
    end: decimal(endTimeUnixNano),
    hasRemoteParent: typeof rest.flags === "number" && (rest.flags & remoteParentFlags) === remoteParentFlags,
  };
}

const decimal = (value: unknown) => (typeof value === "string" && /^\d{1,20}$/.test(value) ? value : undefined);

/** Nanoseconds within the millisecond, or null when the two times do not name the same millisecond. */
function nanosIn(nanos: string | undefined, milliseconds: number): number | null {
  if (nanos === undefined) return null;
  const total = BigInt(nanos);
  return total / 1_000_000n === BigInt(milliseconds) ? Number(total % 1_000_000n) : null;
}

/** Size of a row in UTF-16 units; of plain text that is its bytes. */
function sizeOf(row: Partial<GivenRow>): number {
  let size = rowOverhead;
  for (const column of contextColumns) size += row[column]?.length ?? 0;
  for (const column of jsonColumns) size += row[column]?.length ?? 0;
  return size + (row.name?.length ?? 0) + (row.otel?.length ?? 0);
}
