import { allOf, type Filter } from "../../../engine/filter.ts";
import type { Range } from "../../../engine/operations.ts";
import {
  anyTime,
  type MillisecondRange,
  memberConditions,
  rangeOf,
  readRange,
  refused,
  tagConditions,
  within,
} from "../conditions.ts";
import { isIdentity } from "../spans/incoming.ts";
import { indexText } from "../traces/index-text.ts";
import { signalContext } from "./tables.ts";
import { logLevels, reviewStatuses } from "./types.ts";

/** How a filter of one kind of signal is read: the column it looks at, and in which way. */
export type Member =
  | { readonly as: "text"; readonly column: string }
  | { readonly as: "subject"; readonly column: string }
  | { readonly as: "anyTrace" | "members" | "labels" | "search" | "review" };

const text = (column: string): Member => ({ as: "text", column });
const common: readonly (readonly [string, Member])[] = [
  ...["traceId", "spanId", "executionSource", ...signalContext].map((column) => [column, text(column)] as const),
];

const logMembers = new Map<string, Member>([
  ...common,
  ["source", text("executionSource")],
  ["level", { as: "subject", column: "level" }],
  ["search", { as: "search" }],
]);
const metricMembers = new Map<string, Member>([
  ...common,
  ["source", text("executionSource")],
  ["name", { as: "subject", column: "name" }],
  ["traceIds", { as: "anyTrace" }],
  ["labels", { as: "labels" }],
  ...["provider", "model", "costUnit"].map((column) => [column, text(column)] as const),
]);
const scoreMembers = new Map<string, Member>([
  ...common,
  ["source", text("scoreSource")],
  ["scoreSource", text("scoreSource")],
  ["scorerId", { as: "subject", column: "scorerId" }],
  ["metadata", { as: "members" }],
]);
const feedbackMembers = new Map<string, Member>([
  ...common,
  ["source", text("feedbackSource")],
  ["feedbackSource", text("feedbackSource")],
  ["feedbackUserId", text("feedbackUserId")],
  ["feedbackType", { as: "subject", column: "feedbackType" }],
  ["reviewStatus", { as: "review" }],
]);
export const signalMembers = { log: logMembers, metric: metricMembers, score: scoreMembers, feedback: feedbackMembers };

/** Conditions on signals, checked. */
export class SignalQuery {
  readonly residual: Filter[] = [];
  timestamp: MillisecondRange = anyTime;
  /** Any of these, where a path can walk them. */
  traceIds: readonly string[] | undefined;
  subjects: readonly string[] | undefined;
  tenant: string | undefined;
  matchesNothing = false;

  add(member: string, kind: Member, value: unknown): void {
    switch (kind.as) {
      case "text":
        this.addText(member, kind.column, value);
        break;
      case "subject":
        this.addSubject(member, kind.column, value);
        break;
      case "anyTrace":
        this.addTraces(member, value);
        break;
      case "members":
        this.residual.push(...memberConditions("metadata", value));
        break;
      case "labels":
        this.addLabels(value);
        break;
      case "search":
        if (typeof value !== "string") throw refused(member, "must be a string");
        if (value !== "") this.residual.push({ op: "search", column: "message", value });
        break;
      case "review":
        if (!(reviewStatuses as readonly unknown[]).includes(value)) {
          throw refused(member, `must be one of ${reviewStatuses.join(", ")}`);
        }
        this.residual.push({ op: "eq", column: "reviewStatus", value: value as string });
    }
  }

  private addText(member: string, column: string, value: unknown): void {
    if (value === null) {
      this.residual.push({ op: "isNull", column });
      return;
    }
    if (typeof value !== "string") throw refused(member, "must be a string or null");
    if (column === "traceId" || column === "spanId") this.matchesNothing ||= !isIdentity(value);
    if (column === "traceId") this.traceIds ??= [value];
    if (column === "organizationId") this.tenant = indexText(value);
    this.residual.push({ op: "eq", column, value });
  }

  private addSubject(member: string, column: string, value: unknown): void {
    const list = listOf(member, value, column === "level" ? logLevels.length : 1000);
    this.subjects = [...new Set(list.map(indexText))];
    this.residual.push({ op: "in", column, values: list });
  }

  private addTraces(member: string, value: unknown): void {
    if (!Array.isArray(value)) throw refused(member, "must be a list of strings");
    const list = listOf(member, value, 1000).filter(isIdentity);
    if (list.length === 0) this.matchesNothing = true;
    this.traceIds ??= list;
    this.residual.push({ op: "in", column: "traceId", values: list });
  }

  private addLabels(value: unknown): void {
    if (value === null) return;
    if (
      typeof value !== "object" ||
      Object.values(value as object).some((label) => label !== undefined && typeof label !== "string")
    ) {
      throw refused("labels", "must be an object of strings");
    }
    this.residual.push(...memberConditions("labels", value));
  }
}

/** One text or several. */
function listOf(path: string, value: unknown, most: number): string[] {
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > most || list.some((item) => typeof item !== "string")) {
    throw refused(path, `must be a string or a list of 1 to ${most} strings`);
  }
  return [...new Set(list as string[])];
}

/** Checks the filters of one kind of signal. @throws StorageError `INVALID_ARGUMENT` for unknown members and bad values. */
export function readSignalFilters(filters: unknown, members: ReadonlyMap<string, Member>): SignalQuery {
  const query = new SignalQuery();
  if (filters === undefined || filters === null) return query;
  if (typeof filters !== "object" || Array.isArray(filters)) throw refused("filters", "must be an object");
  for (const [member, value] of Object.entries(filters)) {
    if (value === undefined) continue;
    const kind = members.get(member);
    if (kind) query.add(member, kind, value);
    else if (member === "timestamp") query.timestamp = readRange(value, member);
    else if (member === "tags") query.residual.push(...tagConditions(value));
    else throw refused(member, "is no filter of this list");
  }
  return query;
}

export interface SignalWalk {
  readonly path: string;
  readonly eq?: Readonly<Record<string, string | readonly string[]>>;
  readonly range?: Range;
  readonly filter?: Filter;
}

/** The cheapest path that gives the order asked for. */
export function signalWalk(query: SignalQuery, field: string): SignalWalk {
  const { traceIds, subjects, tenant, timestamp } = query;
  const [path, eq] =
    field === "score"
      ? (["byScore"] as const)
      : traceIds
        ? (["byTrace", { traceId: traceIds }] as const)
        : subjects
          ? (["bySubject", { subjectKey: subjects }] as const)
          : tenant !== undefined
            ? (["byTenant", { tenantKey: tenant }] as const)
            : (["byTime"] as const);
  const isByTime = path !== "byScore";
  const filter = allOf(...query.residual, ...(isByTime ? [] : within("timestamp", timestamp)));
  const range = isByTime ? rangeOf(timestamp) : {};
  return { path, ...(eq && { eq }), ...((range.lower || range.upper) && { range }), ...(filter && { filter }) };
}

/** In a filter of feedback, `userId` alone asks for the one who gave it, as in early releases. */
export function withFeedbackUser(a: unknown): unknown {
  const args = a as { filters?: Record<string, unknown> } | undefined;
  const filters = args?.filters;
  if (typeof filters?.userId !== "string" || filters.feedbackUserId !== undefined) return a;
  const { userId, ...rest } = filters;
  return { ...args, filters: { ...rest, feedbackUserId: userId } };
}
