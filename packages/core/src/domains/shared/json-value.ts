import { decodeJson, encodeJson } from "../../engine/json.ts";

/** A JSON text with the value that reading it back gives. */
export interface JsonValue {
  readonly text: string;
  readonly value: unknown;
}

/**
 * Encodes a value and says what will be read back. Where JSON keeps the value exactly, as it mostly does, that is the value
 * itself and nothing is parsed or copied.
 *
 * @returns `undefined` for what JSON cannot express at all (`undefined`, a function, a symbol).
 */
export function toJsonValue(value: unknown): JsonValue | undefined {
  try {
    if (isExact(value, 0)) return { text: JSON.stringify(value), value };
  } catch {
    // A getter that throws: the careful encoder knows what to make of it.
  }
  const text = encodeJson(value);
  return text === undefined ? undefined : { text, value: decodeJson(text) };
}

const deepest = 200;

/** Whether `JSON.parse(JSON.stringify(value))` is an equal value. */
function isExact(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) return true;
  if (depth > deepest) return false;
  if (Array.isArray(value)) {
    if ("toJSON" in value) return false;
    for (let i = 0; i < value.length; i++) if (!isExact(value[i], depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (!isExact((value as Record<string, unknown>)[key], depth + 1)) return false;
  return true;
}
