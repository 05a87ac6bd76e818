import { isDeepStrictEqual } from "node:util";

/** Fields of a version, or of a record resolved with one, that are not configuration. */
const notConfiguration = new Set([
  "id",
  "agentId",
  "versionNumber",
  "changedFields",
  "changeMessage",
  "createdAt",
  "updatedAt",
  "requestContext",
]);

type Snapshot = Record<string, unknown>;

/** The whole configuration, unknown fields included. */
export const snapshotOf = (version: object): Snapshot =>
  Object.fromEntries(
    Object.entries(version).filter(([key, value]) => !notConfiguration.has(key) && value !== undefined),
  );

/** Fields whose values differ, by name. */
export const changedFields = (before: Snapshot, after: Snapshot): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !isDeepStrictEqual(plain(before[field]), plain(after[field])))
    .sort();

export const differences = (before: Snapshot, after: Snapshot) =>
  changedFields(before, after).map((field) => ({
    field,
    previousValue: before[field] ?? null,
    currentValue: after[field] ?? null,
  }));

/** As JSON has it: a stored value and one that just came compare as what they are on disk. */
const plain = (value: unknown) => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)));
