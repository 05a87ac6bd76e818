import { invalid } from "../../../errors.ts";
import { listOf, plainObject, readKeyValues, toAnyValue } from "../otlp/any-value.ts";
import { envelopeOf } from "../otlp/to-otlp.ts";
import { toRecord } from "../otlp/to-record.ts";
import type { CreateSpanRecord, LegacyRemainder, OtelEnvelope, OtlpKeyValue, SpanRecord } from "../types.ts";
import { kindFromOtlp, kindToOtlp, type LegacyNumbering, statusFromOtlp, statusToOtlp } from "./numbering.ts";
import { fromNanos, type LegacyTimeUnit, toNanos, unitOf } from "./time-unit.ts";
import type { LegacyTrace } from "./types.ts";

export interface LegacyConversion {
  /** Which numbers the row has for kind and status. Default `documented`. */
  numbering?: LegacyNumbering;
  /** What its times count. Default `auto`: by their size. */
  timeUnit?: LegacyTimeUnit;
}

/** How to convert; `mastra-0.x` are rows that the exporter of those releases wrote: numbers of OTLP, any unit. */
export type LegacyConversionOptions = LegacyConversion | "mastra-0.x";

/** A span from a legacy row. When it was stored goes along; a write of the span ignores that. */
export type ConvertedSpan = CreateSpanRecord & { createdAt: Date; otel: OtelEnvelope };

type Members = Readonly<Record<string, unknown>>;

const latest = 8_640_000_000_000_000n * 1_000_000n;

/**
 * A legacy row as a span, ready for `createSpan`: typed and placed by the conventions for OpenTelemetry. What a span has no
 * place for is kept in its envelope, so that {@link spanToLegacyTrace} with the same options gives the row back.
 *
 * @throws StorageError `VALIDATION_FAILED` for a time that no `Date` can hold in this unit.
 */
export function legacyTraceToSpan(row: LegacyTrace, options?: LegacyConversionOptions): ConvertedSpan {
  const { numbering, timeUnit } = read(options);
  const startUnit = unitOf(row.startTime, timeUnit);
  const endUnit = unitOf(row.endTime, timeUnit);
  const status = statusOf(row.status, numbering);
  const hasAttributes = isMembers(row.attributes);
  const legacy: LegacyRemainder = {
    other: row.other,
    events: row.events,
    links: row.links,
    startUnit,
    endUnit,
    ...(!hasAttributes && { attributes: row.attributes }),
    ...(!status && { status: row.status }),
  };
  const envelope: OtelEnvelope = {
    kind: kindToOtlp(row.kind, numbering),
    status: status ?? null,
    startTimeUnixNano: nanosText(row, "startTime", toNanos(row.startTime, startUnit)),
    endTimeUnixNano: nanosText(row, "endTime", toNanos(row.endTime, endUnit)),
    attributes: hasAttributes ? keyValues(row.attributes) : [],
    events: listOf(row.events).filter(isMembers).map(eventOf),
    links: listOf(row.links).filter(isMembers).map(linkOf),
    scope: { name: row.scope },
    resource: { attributes: [] },
    legacy,
  };
  const { id: spanId, traceId, parentSpanId, name, createdAt } = row;
  return { ...toRecord({ traceId, spanId, parentSpanId, name, envelope }), otel: envelope, createdAt };
}

/**
 * The legacy row of a span. With `auto` a time that came from a legacy row has the unit that it had there, any other is in
 * nanoseconds. A span that still runs ends when it started.
 */
export function spanToLegacyTrace(span: ConvertedSpan | SpanRecord, options?: LegacyConversionOptions): LegacyTrace {
  const { numbering, timeUnit } = read(options);
  const envelope = span.otel ?? envelopeOf(span as SpanRecord);
  const { legacy, startTimeUnixNano: start, endTimeUnixNano: end, status } = envelope;
  const unit = (own: LegacyRemainder["startUnit"] = "ns") => (timeUnit === "auto" ? own : timeUnit);
  const orNull = <Item>(list: readonly Item[] | undefined) => (list && list.length > 0 ? list : null);
  return {
    id: span.spanId,
    parentSpanId: span.parentSpanId ?? null,
    name: span.name ?? "",
    traceId: span.traceId,
    scope: envelope.scope.name,
    kind: kindFromOtlp(envelope.kind, numbering),
    attributes:
      legacy && "attributes" in legacy ? (legacy.attributes ?? null) : { ...plainObject(envelope.attributes) },
    status: status ? { ...status, code: statusFromOtlp(status.code, numbering) } : (legacy?.status ?? null),
    events: legacy ? (legacy.events ?? null) : orNull(envelope.events),
    links: legacy ? (legacy.links ?? null) : orNull(envelope.links),
    other: legacy?.other ?? null,
    startTime: fromNanos(BigInt(start), unit(legacy?.startUnit)),
    endTime: fromNanos(BigInt(end ?? start), unit(legacy?.endUnit)),
    createdAt: span.createdAt,
  };
}

const read = (options: LegacyConversionOptions = {}): Required<LegacyConversion> =>
  options === "mastra-0.x"
    ? { numbering: "otlp", timeUnit: "auto" }
    : { numbering: options.numbering ?? "documented", timeUnit: options.timeUnit ?? "auto" };

function nanosText({ id, traceId }: LegacyTrace, path: string, nanos: bigint): string {
  if (nanos >= -latest && nanos <= latest) return nanos.toString();
  throw invalid(`${path} is no time in this unit`, "VALIDATION_FAILED", { path, spanId: id, traceId });
}

const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Attributes as a plain object or as OTLP lists them. */
const keyValues = (value: unknown): OtlpKeyValue[] =>
  isMembers(value)
    ? Object.entries(value).map(([key, member]) => ({ key, value: toAnyValue(member) }))
    : readKeyValues(value);

/** A status with a code; `undefined` for anything else. */
const statusOf = (status: unknown, numbering: LegacyNumbering): OtelEnvelope["status"] | undefined =>
  isMembers(status) && Number.isSafeInteger(status.code)
    ? { ...status, code: statusToOtlp(status.code as number, numbering) }
    : undefined;

const eventOf = (event: Members): OtelEnvelope["events"][number] => ({
  timeUnixNano: timeOf(event.timeUnixNano ?? event.time),
  name: String(event.name ?? ""),
  attributes: keyValues(event.attributes),
});

/** The API has seconds and nanoseconds, OTLP has nanoseconds. */
function timeOf(time: unknown): string {
  const [seconds, nanos] = listOf(time);
  if (Number.isSafeInteger(seconds) && Number.isSafeInteger(nanos)) {
    return (BigInt(seconds as number) * 1_000_000_000n + BigInt(nanos as number)).toString();
  }
  return (typeof time === "string" && /^\d+$/.test(time)) || Number.isSafeInteger(time) ? String(time) : "0";
}

function linkOf(link: Members): OtelEnvelope["links"][number] {
  const place = isMembers(link.context) ? link.context : link;
  return {
    traceId: String(place.traceId ?? ""),
    spanId: String(place.spanId ?? ""),
    attributes: keyValues(link.attributes),
  };
}
