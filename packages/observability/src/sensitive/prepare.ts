import type { SensitiveDataFilter } from "./filter.ts";

/** Bounds of what is kept of one value; what is cut says so. */
const maxText = 1024 * 1024;
const maxItems = 10_000;
const maxKeys = 10_000;
const maxDepth = 64;

/** Members that name a record or its place: never touched. */
const identity = new Set(["traceId", "spanId", "parentSpanId", "logId", "metricId", "scoreId", "feedbackId"]);

/**
 * A copy of a record as plain JSON, without secrets: nothing in it is shared with the program that is traced, whatever kinds
 * of values that put in.
 */
export function prepared(record: object, filter: SensitiveDataFilter | undefined, traceId: string | undefined): object {
  return copyObject(record, new Copy(filter, traceId), 0) as object;
}

class Copy {
  readonly filter: SensitiveDataFilter | undefined;
  readonly traceId: string | undefined;
  /** Objects above the present one. */
  readonly above = new Set<object>();
  /** Names from the record down to the present value. */
  readonly place: string[] = [];

  constructor(filter: SensitiveDataFilter | undefined, traceId: string | undefined) {
    this.filter = filter;
    this.traceId = traceId;
  }
}

function copyOf(value: unknown, copy: Copy, depth: number): unknown {
  switch (typeof value) {
    case "string":
      return textOf(value, copy, depth);
    case "bigint":
      return value.toString();
    case "function":
    case "symbol":
      return `[${typeof value}]`;
    case "object":
      return value === null ? null : copyObject(value, copy, depth);
    default:
      return value;
  }
}

function textOf(value: string, copy: Copy, depth: number): string {
  const { filter, traceId } = copy;
  if (value.length > maxText) {
    const text = `${value.slice(0, maxText)}… [${value.length - maxText} more]`;
    return filter ? filter.text(text, traceId) : text;
  }
  if (!filter) return value;
  return jsonTextOf(value, filter, copy, depth) ?? filter.text(value, traceId);
}

/** JSON that is kept as text, without the members that are hidden by name; `undefined` for any other text. */
function jsonTextOf(value: string, filter: SensitiveDataFilter, copy: Copy, depth: number): string | undefined {
  if (!/^\s*[[{]/.test(value) || depth > maxDepth || !filter.mayHideIn(value)) return undefined;
  try {
    const parsed = JSON.parse(value) as object;
    return JSON.stringify(copyObject(parsed, copy, depth + 1));
  } catch {
    return undefined;
  }
}

function copyObject(value: object, copy: Copy, depth: number): unknown {
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
  if (depth > maxDepth) return "[too deep]";
  if (copy.above.has(value)) return "[circular]";
  copy.above.add(value);
  try {
    if (value instanceof Error) {
      const { name, message, stack, cause, ...rest } = value;
      return copyMembers({ ...rest, name, message, stack, cause }, copy, depth);
    }
    if (value instanceof Map) return copyMembers(Object.fromEntries(value), copy, depth);
    const list = Array.isArray(value) ? value : value instanceof Set ? [...value] : undefined;
    if (!list) return copyMembers(value, copy, depth);
    const items = list.slice(0, maxItems).map((item, index) => {
      copy.place.push(String(index));
      const copied = isHiddenHere(copy) ? copy.filter?.hide(item, copy.traceId) : copyOf(item, copy, depth + 1);
      copy.place.pop();
      return copied;
    });
    if (list.length > maxItems) items.push(`[${list.length - maxItems} more]`);
    return items;
  } catch {
    // A getter or a proxy of the traced program's own.
    return "[unreadable]";
  } finally {
    copy.above.delete(value);
  }
}

function copyMembers(value: object, copy: Copy, depth: number): Record<string, unknown> {
  const { filter, traceId } = copy;
  const members: Record<string, unknown> = {};
  // An attribute of OpenTelemetry has its name beside its value.
  const { key } = value as { key?: unknown };
  const isHiddenAttribute = filter && typeof key === "string" && "value" in value && filter.hidesName(key);
  let left = maxKeys;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (left-- === 0) {
      members["…"] = `[${Object.keys(value).length - maxKeys} more]`;
      break;
    }
    copy.place.push(name);
    if (identity.has(name) && typeof member === "string") members[name] = member;
    else if (isHiddenHere(copy)) members[name] = filter?.hide(member, traceId);
    else if (
      filter &&
      member !== null &&
      typeof member !== "number" &&
      typeof member !== "boolean" &&
      filter.hidesName(name)
    ) {
      members[name] = filter.hide(member, traceId);
    } else if (isHiddenAttribute && name === "value") members[name] = { stringValue: filter.hide(member, traceId) };
    else members[name] = copyOf(member, copy, depth + 1);
    copy.place.pop();
  }
  return members;
}

const isHiddenHere = ({ filter, place }: Copy) => filter?.hidesPath(place) ?? false;
