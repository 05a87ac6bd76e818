import type { Attributes, AttributeValue, HrTime, Link, SpanContext, SpanStatus } from "@opentelemetry/api";

/** What is read of a span of the SDK, in its first release as in its second. */
export interface SdkSpan {
  readonly name: string;
  readonly kind: number;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  /** The first release of the SDK has the id alone. */
  readonly parentSpanId?: string;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly ended: boolean;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly (Link & { droppedAttributesCount?: number })[];
  readonly events: readonly { time: HrTime; name: string; attributes?: Attributes; droppedAttributesCount?: number }[];
  readonly resource: { attributes: Attributes; schemaUrl?: string };
  readonly instrumentationScope?: Scope;
  readonly instrumentationLibrary?: Scope;
  readonly droppedAttributesCount?: number;
  readonly droppedEventsCount?: number;
  readonly droppedLinksCount?: number;
}
interface Scope {
  name: string;
  version?: string;
  schemaUrl?: string;
}

/** Spans of the SDK as a request of OTLP/JSON, so that they become records by the one mapping there is. */
export function otlpOf(spans: readonly SdkSpan[]): object {
  return {
    resourceSpans: spans.map((span) => {
      const { name, version, schemaUrl } = span.instrumentationScope ?? span.instrumentationLibrary ?? { name: "" };
      const { resource } = span;
      return {
        resource: { attributes: keyValues(resource.attributes) },
        schemaUrl: resource.schemaUrl,
        scopeSpans: [{ scope: { name, version }, schemaUrl, spans: [spanOf(span)] }],
      };
    }),
  };
}

/** Of the flags: whether the parent is known to be remote, and whether it is. */
const hasIsRemote = 0x100;
const isRemote = 0x200;

function spanOf(span: SdkSpan): object {
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  const parent = span.parentSpanContext;
  return {
    traceId,
    spanId,
    traceState: traceState?.serialize(),
    parentSpanId: parent?.spanId ?? span.parentSpanId ?? "",
    flags: (traceFlags & 0xff) | hasIsRemote | (parent?.isRemote ? isRemote : 0),
    name: span.name,
    // OTLP counts from one, the API from zero.
    kind: span.kind + 1,
    startTimeUnixNano: nanosOf(span.startTime),
    endTimeUnixNano: span.ended ? nanosOf(span.endTime) : "0",
    attributes: keyValues(span.attributes),
    droppedAttributesCount: span.droppedAttributesCount ?? 0,
    events: span.events.map(({ time, name, attributes = {}, droppedAttributesCount = 0 }) => ({
      timeUnixNano: nanosOf(time),
      name,
      attributes: keyValues(attributes),
      droppedAttributesCount,
    })),
    droppedEventsCount: span.droppedEventsCount ?? 0,
    links: span.links.map(({ context, attributes = {}, droppedAttributesCount = 0 }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      traceState: context.traceState?.serialize(),
      flags: (context.traceFlags & 0xff) | hasIsRemote | (context.isRemote ? isRemote : 0),
      attributes: keyValues(attributes),
      droppedAttributesCount,
    })),
    droppedLinksCount: span.droppedLinksCount ?? 0,
    status: span.status,
  };
}

/** Whether the span continues a trace from elsewhere that is recorded there. */
export const continuesRecorded = ({ parentSpanContext: parent }: SdkSpan): boolean =>
  parent?.isRemote === true && (parent.traceFlags & sampledFlag) !== 0;

/** Bit of the trace flags that says that a trace is recorded. */
export const sampledFlag = 1;

const nanosOf = ([seconds, nanos]: HrTime) => (BigInt(seconds) * 1_000_000_000n + BigInt(nanos)).toString();

const keyValues = (attributes: Attributes) =>
  Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value: anyValue(value as AttributeValue) }));

function anyValue(value: AttributeValue | null | undefined | object): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? { intValue: String(value) } : { doubleValue: value };
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map((item) => anyValue(item as AttributeValue)) } };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString("base64") };
  if (typeof value === "object" && value !== null) return { kvlistValue: { values: keyValues(value as Attributes) } };
  return {};
}
