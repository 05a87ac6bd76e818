import type { OtelEnvelope } from "../types.ts";
import { listOf, readKeyValues } from "./any-value.ts";

/** One span of a request: its own fields, and the envelope that keeps all the rest. */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
  readonly envelope: OtelEnvelope;
}

type Raw = Readonly<Record<string, unknown>>;
const objectOf = (value: unknown): Raw => (typeof value === "object" && value !== null ? (value as Raw) : {});

/** Every span of every resource and scope; the reason instead of one that cannot be taken. */
export function readSpans(body: unknown): (OtlpSpan | string)[] {
  const found: (OtlpSpan | string)[] = [];
  for (const resourceSpans of listOf(objectOf(body).resourceSpans).map(objectOf)) {
    const resource = resourceOf(resourceSpans);
    for (const scopeSpans of listOf(resourceSpans.scopeSpans).map(objectOf)) {
      const scope = scopeOf(scopeSpans);
      for (const span of listOf(scopeSpans.spans)) found.push(readSpan(objectOf(span), resource, scope));
    }
  }
  return found;
}

function resourceOf({ resource, schemaUrl }: Raw): OtelEnvelope["resource"] {
  const { attributes, droppedAttributesCount } = objectOf(resource);
  return {
    attributes: readKeyValues(attributes),
    ...dropped({ droppedAttributesCount }),
    ...textMember({ schemaUrl }),
  };
}

function scopeOf({ scope, schemaUrl }: Raw): OtelEnvelope["scope"] {
  const { name, version, attributes, droppedAttributesCount } = objectOf(scope);
  return {
    name: typeof name === "string" ? name : "",
    ...textMember({ version }),
    ...(listOf(attributes).length > 0 && { attributes: readKeyValues(attributes) }),
    ...dropped({ droppedAttributesCount }),
    ...textMember({ schemaUrl }),
  };
}

function readSpan(span: Raw, resource: OtelEnvelope["resource"], scope: OtelEnvelope["scope"]): OtlpSpan | string {
  const traceId = hexId(span.traceId, 32);
  const spanId = hexId(span.spanId, 16);
  if (traceId === undefined) return "traceId must be 16 bytes, not all zero";
  if (spanId === undefined) return "spanId must be 8 bytes, not all zero";
  const start = nanosOf(span.startTimeUnixNano);
  if (start === null) return "startTimeUnixNano is missing";
  const parentSpanId = typeof span.parentSpanId === "string" ? span.parentSpanId.toLowerCase() : "";
  const { code, message } = objectOf(span.status);
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId === "" || /^0+$/.test(parentSpanId) ? null : parentSpanId,
    name: typeof span.name === "string" ? span.name : "",
    envelope: {
      kind: numberOf(span.kind, kinds),
      status:
        span.status === undefined || span.status === null
          ? null
          : { code: numberOf(code, codes), ...textMember({ message }) },
      startTimeUnixNano: start,
      endTimeUnixNano: nanosOf(span.endTimeUnixNano),
      ...(numberOf(span.flags, []) !== 0 && { flags: numberOf(span.flags, []) }),
      ...textMember({ traceState: span.traceState }),
      attributes: readKeyValues(span.attributes),
      ...dropped(span as Parameters<typeof dropped>[0]),
      events: listOf(span.events).map(objectOf).map(readEvent),
      links: listOf(span.links).map(objectOf).map(readLink),
      scope,
      resource,
    },
  };
}

const readEvent = ({
  timeUnixNano,
  name,
  attributes,
  droppedAttributesCount,
}: Raw): OtelEnvelope["events"][number] => ({
  timeUnixNano: nanosOf(timeUnixNano) ?? "0",
  name: typeof name === "string" ? name : "",
  attributes: readKeyValues(attributes),
  ...dropped({ droppedAttributesCount }),
});

const readLink = (link: Raw): OtelEnvelope["links"][number] => ({
  traceId: String(link.traceId ?? "").toLowerCase(),
  spanId: String(link.spanId ?? "").toLowerCase(),
  ...textMember({ traceState: link.traceState }),
  ...(numberOf(link.flags, []) !== 0 && { flags: numberOf(link.flags, []) }),
  attributes: readKeyValues(link.attributes),
  ...dropped({ droppedAttributesCount: link.droppedAttributesCount }),
});

const kinds = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map(
  (word) => `SPAN_KIND_${word}`,
);
const codes = ["UNSET", "OK", "ERROR"].map((word) => `STATUS_CODE_${word}`);

/** A number, numeric text or the name of an enum's value; 0 for anything else. Unknown numbers stay. */
function numberOf(value: unknown, names: readonly string[]): number {
  if (typeof value === "string" && names.includes(value)) return names.indexOf(value);
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : 0;
}

/** Decimal nanoseconds; null for none and zero. Numbers above 2^53 have lost digits before they come here. */
function nanosOf(value: unknown): string | null {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string" || !/^\d{1,20}$/.test(text)) return null;
  const nanos = BigInt(text);
  return nanos === 0n ? null : nanos.toString();
}

function hexId(value: unknown, digits: number): string | undefined {
  if (typeof value !== "string" || value.length !== digits || !/^[0-9a-f]+$/i.test(value) || /^0+$/.test(value))
    return undefined;
  return value.toLowerCase();
}

type Counts = "droppedAttributesCount" | "droppedEventsCount" | "droppedLinksCount";

/** Counts of what was dropped, without those that are zero. */
function dropped(given: Partial<Record<Counts, unknown>>): Partial<Record<Counts, number>> {
  const counts: Partial<Record<Counts, number>> = {};
  for (const name of ["droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"] as const) {
    const count = numberOf(given[name], []);
    if (count > 0) counts[name] = count;
  }
  return counts;
}

/** A text that is there and not empty, under its name. */
function textMember<Name extends string>(given: Record<Name, unknown>): Partial<Record<Name, string>> {
  const result: Partial<Record<Name, string>> = {};
  for (const name in given)
    if (typeof given[name] === "string" && given[name] !== "") result[name] = given[name] as string;
  return result;
}
