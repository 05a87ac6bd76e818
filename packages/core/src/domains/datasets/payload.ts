import { encodeJson } from "../../engine/json.ts";
import { invalid } from "../../errors.ts";
import { optionalObject } from "../shared/values.ts";
import type { DatasetItemPayload } from "./types.ts";

/** The columns of an item row that hold what its caller gave. */
export interface PayloadColumns {
  input: string;
  groundTruth: string | null;
  expectedTrajectory: string | null;
  toolMocks: string | null;
  unmockedToolPolicy: string | null;
  scorerIds: string | null;
  requestContext: string | null;
  metadata: string | null;
  source: string | null;
}

type Field = keyof PayloadColumns;

/** In the order in which they are checked. */
export const payloadFields: readonly Field[] = [
  "input",
  "groundTruth",
  "expectedTrajectory",
  "toolMocks",
  "unmockedToolPolicy",
  "scorerIds",
  "requestContext",
  "metadata",
  "source",
];

/** The fields in which `null` is a value of its own; elsewhere it means that there is none. */
const keepsNull = new Set<Field>(["input", "groundTruth", "expectedTrajectory"]);

/**
 * Encodes the given fields of a payload; `undefined` ones are left out.
 *
 * @throws StorageError `DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE` naming the path of what is not plain JSON.
 */
export function encodeGiven(payload: Partial<DatasetItemPayload>): Partial<PayloadColumns> {
  const columns: Partial<Record<Field, string | null>> = {};
  for (const field of payloadFields) {
    const value = payload[field];
    if (value === undefined) continue;
    requirePlainJson(value, field);
    checkShape(field, value);
    if (value === null && !keepsNull.has(field)) columns[field] = null;
    else columns[field] = field === "unmockedToolPolicy" ? (value as string) : (encodeJson(value) as string);
  }
  return columns as Partial<PayloadColumns>;
}

/** Encodes a whole payload. @throws StorageError as {@link encodeGiven}, and `INVALID_INPUT` when there is no `input`. */
export function encodePayload(payload: DatasetItemPayload): PayloadColumns {
  if (payload.input === undefined) throw invalid("input is required", "INVALID_INPUT", { path: "input" });
  return { ...noPayload, ...encodeGiven(payload) };
}

/** The columns of a payload with nothing in it: what a purge leaves, but for the mark in `metadata`. */
const noPayload: PayloadColumns = {
  input: "null",
  groundTruth: null,
  expectedTrajectory: null,
  toolMocks: null,
  unmockedToolPolicy: null,
  scorerIds: null,
  requestContext: null,
  metadata: null,
  source: null,
};

function checkShape(field: Field, value: unknown): void {
  if (value === null) return;
  if (field === "requestContext" || field === "metadata" || field === "source") optionalObject(value, field);
  const isList = field === "toolMocks" || field === "scorerIds";
  if (isList && !Array.isArray(value)) throw invalid(`${field} must be an array`, "INVALID_INPUT", { path: field });
  if (field === "unmockedToolPolicy" && typeof value !== "string") {
    throw invalid(`${field} must be a string`, "INVALID_INPUT", { path: field });
  }
}

interface Frame {
  readonly value: object;
  readonly path: string;
  readonly keys: readonly string[] | undefined;
  readonly length: number;
  next: number;
}

/**
 * Refuses what JSON would change or drop. Goes down with a stack of its own, so that depth costs no call stack.
 *
 * @throws StorageError `DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE`.
 */
function requirePlainJson(root: unknown, rootPath: string): void {
  if (isPlainScalar(root, rootPath)) return;
  const frames: Frame[] = [enter(root as object, rootPath)];
  const above = new Map<object, string>([[root as object, rootPath]]);
  for (let frame = frames.at(-1); frame; frame = frames.at(-1)) {
    if (frame.next === frame.length) {
      above.delete(frame.value);
      frames.pop();
      continue;
    }
    const key = frame.keys ? (frame.keys[frame.next] as string) : frame.next;
    frame.next++;
    const value = (frame.value as Record<string | number, unknown>)[key];
    if (typeof value === "string" || typeof value === "boolean" || value === null) continue;
    const path = typeof key === "number" ? `${frame.path}[${key}]` : memberPath(frame.path, key);
    if (isPlainScalar(value, path)) continue;
    const ancestor = above.get(value as object);
    if (ancestor !== undefined)
      throw notSerializable(path, { referencePath: ancestor }, `it refers back to ${ancestor}`);
    above.set(value as object, path);
    frames.push(enter(value as object, path));
  }
}

/** False for an array or a plain object, whose members are still to be looked at. */
function isPlainScalar(value: unknown, path: string): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      if (Number.isFinite(value)) return true;
      throw refuse(path, `it is ${value}`);
    case "object":
      return value === null;
    default:
      throw refuse(path, `it is ${value === undefined ? "undefined" : `a ${typeof value}`}`);
  }
}

function enter(value: object, path: string): Frame {
  if (Array.isArray(value)) return { value, path, keys: undefined, length: value.length, next: 0 };
  const prototype = Object.getPrototypeOf(value) as object | null;
  // The second test knows plain objects of another realm by their prototype's having none.
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null) {
    throw refuse(path, "it is an instance of a class");
  }
  if (Object.getOwnPropertySymbols(value).length > 0) throw refuse(path, "it has a member named by a symbol");
  const keys = Object.keys(value);
  return { value, path, keys, length: keys.length, next: 0 };
}

const memberPath = (path: string, key: string) =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;

const refuse = (path: string, reason: string) => notSerializable(path, { reason }, reason);

const notSerializable = (path: string, why: { reason: string } | { referencePath: string }, words: string) =>
  invalid(
    `the payload is not plain JSON: ${words} at ${path}`,
    "NOT_SERIALIZABLE",
    { path, ...why },
    "DATASET_ITEM_PAYLOAD_NOT_SERIALIZABLE",
  );
