/** What a field holds, and so what it may be compared with. */
export type FieldKind = "string" | "number" | "stringOrNumber" | "timestamp" | "list" | "presence";
export type Collection = "spans" | "scores" | "feedback";
export type Scope = "trace" | Collection;

const strings = (...names: string[]) => Object.fromEntries(names.map((name) => [name, "string" as const]));
const versions = strings("entityVersionId", "parentEntityVersionId", "rootEntityVersionId");

const fields: Readonly<Record<Scope, Readonly<Record<string, FieldKind>>>> = {
  trace: {
    ...strings("traceId", "threadId", "resourceId", "entityName", "entityType", "environment", "status"),
    startedAt: "timestamp",
    endedAt: "timestamp",
    durationMs: "number",
    tags: "list",
  },
  spans: {
    ...strings("name", "spanType", "model", "provider", "status", "entityType", "entityId", "entityName"),
    ...versions,
    startedAt: "timestamp",
    endedAt: "timestamp",
    durationMs: "number",
    error: "presence",
  },
  scores: {
    ...strings("scorerId", "scorerVersion", "scoreSource"),
    ...versions,
    score: "number",
    timestamp: "timestamp",
    spanId: "presence",
  },
  feedback: {
    ...strings("feedbackType", "feedbackSource", "feedbackUserId", "sourceId"),
    ...versions,
    value: "stringOrNumber",
    timestamp: "timestamp",
    comment: "presence",
  },
};

/** The kind of a field of that scope; `undefined` when there is none. A trace's metadata has one field for each top-level key. */
export function kindOf(scope: Scope, path: string): FieldKind | undefined {
  if (scope === "trace" && /^metadata\.[^.]+$/.test(path)) return "string";
  return Object.hasOwn(fields[scope], path) ? fields[scope][path] : undefined;
}

const orders = ["lt", "lte", "gt", "gte"];
const presences = ["exists", "notExists"];
const equalities = ["eq", "ne"];
const memberships = ["in", "notIn"];

const operators: Readonly<Record<FieldKind, readonly string[]>> = {
  string: [...equalities, ...memberships, ...presences],
  number: [...equalities, ...orders, ...memberships, ...presences],
  stringOrNumber: [...equalities, ...orders, ...memberships, ...presences],
  timestamp: [...equalities, ...orders, ...presences],
  // A list equals what it includes.
  list: [...equalities, ...presences],
  presence: presences,
};

export const operatorsOf = (kind: FieldKind): readonly string[] => operators[kind];

/** The fields that every storage has, for a form that builds conditions. */
export const canonicalFields = (scope: Scope) =>
  Object.entries(fields[scope]).map(([path, kind]) => ({
    path,
    valueKind: kind === "list" ? "string" : kind,
    operators: operatorsOf(kind),
    valueSuggestions: kind === "string" || kind === "list",
  }));
