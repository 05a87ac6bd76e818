import { allOf, type Filter } from "../../engine/filter.ts";
import { encodeJson } from "../../engine/json.ts";
import { invalid, StorageError } from "../../errors.ts";
import { toJsonValue } from "../shared/json-value.ts";
import { optionalObject } from "../shared/values.ts";

export type Metadata = Record<string, unknown>;

/** Metadata as it is stored and as it will be read; both absent together. */
export interface StoredMetadata {
  readonly text: string | null;
  readonly value: Metadata | undefined;
}

const absent: StoredMetadata = { text: null, value: undefined };

/** Encodes metadata. `null` counts as absent. @throws StorageError `INVALID_INPUT` when it is no object. */
export function writeMetadata(given: unknown, path: string): StoredMetadata {
  const metadata = optionalObject(given, path);
  const json = metadata && toJsonValue(metadata);
  if (!json) return absent;
  // A class with a `toJSON` of its own may turn out to be something else.
  const value = optionalObject(json.value, path);
  return value ? { text: json.text, value } : absent;
}

export const readMetadata = (text: string | null): Metadata | undefined =>
  text === null ? undefined : (JSON.parse(text) as Metadata);

/** One level: keys given replace, a key given as `undefined` goes, others stay. */
export function mergeMetadata(stored: Metadata | undefined, change: Metadata): Metadata {
  const merged = { ...stored, ...change };
  for (const key of Object.keys(change)) if (change[key] === undefined) delete merged[key];
  return merged;
}

const filterKey = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const forbidden = new Set(["__proto__", "prototype", "constructor"]);

/** Whether a metadata key can be asked for. */
export const isFilterKey = (key: string): boolean => key.length <= 128 && filterKey.test(key) && !forbidden.has(key);

/** The conditions of a metadata filter. @throws StorageError `INVALID_METADATA_KEY`, or `INVALID_INPUT` for no object. */
export function filterEntries(given: unknown): [key: string, value: unknown][] {
  const entries = Object.entries(optionalObject(given, "filter.metadata") ?? {});
  for (const [key] of entries) {
    if (!isFilterKey(key)) {
      throw invalid(`invalid metadata key: ${key.slice(0, 200)}`, "INVALID_METADATA_KEY", { key: key.slice(0, 200) });
    }
  }
  return entries;
}

/** A condition on a top-level key of thread metadata. `text` is `undefined` when the key must be absent. */
export interface ThreadCondition {
  readonly key: string;
  readonly text: string | undefined;
}

/** What a filter on thread metadata asks for: deep equality key by key. @throws StorageError as {@link filterEntries}, and `INVALID_METADATA_VALUE`. */
export function threadConditions(given: unknown): ThreadCondition[] {
  return filterEntries(given).map(([key, value]) => {
    const text = encodeJson(value);
    if (text === undefined && value !== undefined) throw badValue(key, "is no JSON value");
    return { key, text };
  });
}

/** The same as a residual filter. */
export const threadFilter = (conditions: readonly ThreadCondition[]): Filter | undefined =>
  allOf(
    ...conditions.map(
      ({ key, text }): Filter =>
        text === undefined
          ? { op: "jsonAbsent", column: "metadata", path: [key] }
          : { op: "jsonEq", column: "metadata", path: [key], value: text },
    ),
  );

/** A condition on a key of a message's `content.metadata`: an equal scalar. */
export interface MessageCondition {
  readonly key: string;
  readonly value: string | number | boolean | null;
}

/** @throws StorageError `INVALID_METADATA_KEY`, `INVALID_METADATA_VALUE` */
export function messageConditions(given: unknown): MessageCondition[] {
  return filterEntries(given).map(([key, value]) => {
    if (!isScalar(value)) throw badValue(key, "must be a string, a finite number, a boolean or null");
    return { key, value };
  });
}

export const messageFilter = (conditions: readonly MessageCondition[]): Filter | undefined =>
  allOf(
    ...conditions.map(
      ({ key, value }): Filter => ({
        op: "jsonEq",
        column: "content",
        path: ["metadata", key],
        value: JSON.stringify(value),
      }),
    ),
  );

function isScalar(value: unknown): value is MessageCondition["value"] {
  if (typeof value === "number") return Number.isFinite(value);
  return typeof value === "string" || typeof value === "boolean" || value === null;
}

/** For callers who expect a `TypeError` here, one is the cause. */
function badValue(key: string, problem: string): StorageError {
  const message = `invalid metadata value: ${key} ${problem}`;
  return new StorageError(message, {
    code: "invalid_argument",
    status: "INVALID_METADATA_VALUE",
    details: { key },
    cause: new TypeError(message),
  });
}
