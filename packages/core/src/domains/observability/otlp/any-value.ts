import { encodeJson } from "../../../engine/json.ts";
import type { OtlpAnyValue, OtlpKeyValue } from "../types.ts";

type Raw = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Raw => typeof value === "object" && value !== null && !Array.isArray(value);
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A typed value in the one form the store keeps, from any form that OTLP/JSON allows. */
export function readAnyValue(value: unknown): OtlpAnyValue {
  if (!isObject(value)) return {};
  if (value.stringValue !== undefined) return { stringValue: String(value.stringValue) };
  if (value.boolValue !== undefined) return { boolValue: value.boolValue === true || value.boolValue === "true" };
  if (value.intValue !== undefined) return { intValue: String(value.intValue) };
  if (value.doubleValue !== undefined) return { doubleValue: readDouble(value.doubleValue) };
  if (value.bytesValue !== undefined) return { bytesValue: String(value.bytesValue) };
  if (isObject(value.arrayValue)) return { arrayValue: { values: listOf(value.arrayValue.values).map(readAnyValue) } };
  if (isObject(value.kvlistValue)) return { kvlistValue: { values: readKeyValues(value.kvlistValue.values) } };
  return {};
}

type Double = Extract<OtlpAnyValue, { doubleValue: unknown }>["doubleValue"];
const special = ["NaN", "Infinity", "-Infinity"];

/** JSON has no words for these: they travel as text, and so does the zero below zero. */
function readDouble(value: unknown): Double {
  if (typeof value === "string" && (special.includes(value) || value === "-0")) return value as Double;
  const number = Number(value);
  if (Number.isFinite(number)) return Object.is(number, -0) ? ("-0" as Double) : number;
  return String(number) as Double;
}

export const readKeyValues = (list: unknown): OtlpKeyValue[] =>
  listOf(list)
    .filter(isObject)
    .map(({ key, value }) => ({
      key: String(key ?? ""),
      ...(value !== undefined && value !== null && { value: readAnyValue(value) }),
    }));

/** The plain value: 64-bit integers that no number holds become text, bytes stay base64. */
export function plainValue(value: OtlpAnyValue | undefined): unknown {
  if (value === undefined) return null;
  if ("stringValue" in value) return value.stringValue;
  if ("boolValue" in value) return value.boolValue;
  if ("bytesValue" in value) return value.bytesValue;
  if ("intValue" in value) {
    const number = Number(value.intValue);
    return Number.isSafeInteger(number) ? number : value.intValue;
  }
  if ("doubleValue" in value) return (value.doubleValue as unknown) === "-0" ? -0 : value.doubleValue;
  if ("arrayValue" in value)
    return (value as { arrayValue: { values: OtlpAnyValue[] } }).arrayValue.values.map(plainValue);
  if ("kvlistValue" in value)
    return plainObject((value as { kvlistValue: { values: OtlpKeyValue[] } }).kvlistValue.values);
  return null;
}

/** By key; of keys that occur twice the last counts. */
export function plainObject(attributes: readonly OtlpKeyValue[]): Record<string, unknown> {
  const object: Record<string, unknown> = Object.create(null);
  for (const { key, value } of attributes) object[key] = plainValue(value);
  return object;
}

/** A plain value as OTLP types it. Objects and lists keep their shape. */
export function toAnyValue(value: unknown): OtlpAnyValue {
  switch (typeof value) {
    case "string":
      return { stringValue: value };
    case "boolean":
      return { boolValue: value };
    case "number":
      return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: readDouble(value) };
    default:
      break;
  }
  if (Array.isArray(value)) return { arrayValue: { values: value.map(toAnyValue) } };
  if (isObject(value)) {
    return { kvlistValue: { values: Object.entries(value).map(([key, item]) => ({ key, value: toAnyValue(item) })) } };
  }
  return {};
}

/** JSON text of a value, as attributes hold what has a shape of its own. */
export const jsonText = (value: unknown): OtlpAnyValue => ({
  stringValue: typeof value === "string" ? value : (encodeJson(value) ?? "null"),
});
