import { encodeJson, toPlainJson } from "../../engine/json.ts";
import { invalid } from "../../errors.ts";
import { Part } from "./part.ts";

/** A snapshot in parts: the entries of its context, and its other members. */
export interface SplitSnapshot {
  readonly members: ReadonlyMap<string, Part>;
  /** `undefined` when `context` is missing or no object; whatever it is stays among the members then. */
  readonly context: ReadonlyMap<string, Part> | undefined;
}

/**
 * Encodes a snapshot part by part, as if it were encoded whole. A snapshot given as JSON text is taken for what it says.
 *
 * @throws StorageError `INVALID_INPUT` when it is no object.
 */
export function splitSnapshot(given: unknown): SplitSnapshot {
  const snapshot = plainObject(typeof given === "string" ? readText(given) : given);
  if (!snapshot) throw invalid("snapshot must be an object", "INVALID_INPUT", { path: "snapshot" });
  const context = Object.hasOwn(snapshot, "context") ? plainObject(snapshot.context) : undefined;
  const members = encodeMembers(snapshot, [snapshot], context ? "context" : undefined);
  return { members, context: context && encodeMembers(context, [snapshot, context]) };
}

/** The entries of a context by themselves. @throws StorageError `INVALID_INPUT` when it is no object. */
export function splitContext(given: unknown): Map<string, Part> {
  const context = plainObject(given);
  if (!context) throw invalid("context must be an object", "INVALID_INPUT", { path: "context" });
  return encodeMembers(context, [context]);
}

/** Encodes the members of an object one by one; those that JSON leaves out are left out. */
export function encodeMembers(object: object, within: readonly object[], without?: string): Map<string, Part> {
  const parts = new Map<string, Part>();
  for (const [name, value] of Object.entries(object)) {
    if (name === without) continue;
    const text = encodeJson(value, within);
    if (text !== undefined) parts.set(name, new Part(text));
  }
  return parts;
}

/** The value when its members can be taken one by one, a plain copy of it when not, `undefined` when it is no object. */
export function plainObject(value: unknown): Record<string, unknown> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const plain = isSimple(value) ? value : toPlainJson(value);
  if (typeof plain !== "object" || plain === null || Array.isArray(plain)) return undefined;
  return plain as Record<string, unknown>;
}

/** Whether reading the members runs no code of the object and means what `JSON.stringify` means. */
function isSimple(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return false;
  return Object.keys(value).every((name) => Object.getOwnPropertyDescriptor(value, name)?.get === undefined);
}

function readText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
