import { StorageError } from "../../../errors.ts";
import { refused } from "../conditions.ts";

/** Collections whose records hang on a trace. */
export type RelatedName = "spans" | "scores" | "feedback";
export type Scope = "trace" | RelatedName;

export type Comparison = "eq" | "ne" | "lt" | "lte" | "gt" | "gte";
type Literal = string | number | boolean;

/** A condition as the host's planner hands it on: checked, with times in one form. */
export type Predicate =
  | { readonly type: "comparison"; readonly field: string; readonly operator: Comparison; readonly value: Literal }
  | {
      readonly type: "membership";
      readonly field: string;
      readonly operator: "in" | "notIn";
      readonly values: readonly Literal[];
    }
  | { readonly type: "presence"; readonly field: string; readonly operator: "exists" | "notExists" }
  | {
      readonly type: "collection";
      readonly field: string;
      readonly operator: "includes" | "notIncludes" | "empty" | "notEmpty";
      readonly value?: string;
    }
  | { readonly type: "boolean"; readonly operator: "and" | "or"; readonly args: readonly Predicate[] }
  | { readonly type: "not"; readonly arg: Predicate }
  | {
      readonly type: "relation";
      readonly collection: RelatedName | "traces";
      readonly quantifier: "some" | "none";
      readonly predicate: Predicate;
    };

export interface TenantScope {
  readonly organizationId?: string;
  readonly resourceId?: string;
}

/** Which traces a plan is about. */
export interface Selection {
  readonly timeRange: { readonly from: string; readonly to: string };
  readonly where?: Predicate | undefined;
  readonly scope?: TenantScope | undefined;
}

interface Order {
  readonly field: "startedAt" | "endedAt" | "threadId";
  readonly direction: "asc" | "desc";
}

export type TraceQueryPlan = Selection & {
  readonly result: "traces" | "groups";
  readonly orderBy: Order;
  readonly binding?: string;
  readonly limit?: number;
  readonly cursor?: { readonly sortValue?: string; readonly traceId?: string; readonly threadId?: string };
  readonly paginationMode: "keyset" | "page" | "delta";
  readonly page?: number;
  readonly perPage?: number;
  readonly deltaBinding?: string;
  readonly deltaCursor?: { readonly adapter: string; readonly watermark: string };
};

export interface ThreadQueryPlan {
  readonly traces: Pick<Selection, "timeRange" | "where">;
  readonly where?: Predicate;
  readonly scope?: TenantScope;
  readonly limit: number;
  readonly binding: string;
  readonly cursor?: { readonly threadId: string };
}

export type DiscoveryPlan = Selection & {
  readonly predicateScope: Scope;
  readonly path?: string;
  readonly search?: string;
  readonly limit: number;
};

/** How long a query may take, in milliseconds, unless the caller says otherwise. */
export const defaultTimeout = 15_000;
const longestTimeout = 300_000;

/** Bounds of one query. */
export interface QueryOptions {
  /** Milliseconds from 1 to 300,000. Default 15,000. */
  readonly timeoutMs?: number;
}

export function timeoutOf(options: unknown): number {
  const { timeoutMs = defaultTimeout } = (options ?? {}) as QueryOptions;
  if (!Number.isInteger(timeoutMs) || timeoutMs < 1 || timeoutMs > longestTimeout) {
    throw refused("timeoutMs", `must be a whole number from 1 to ${longestTimeout}`);
  }
  return timeoutMs;
}

/** The instants of a range. @throws StorageError `INVALID_ARGUMENT` when one is missing. */
export function instantsOf({ timeRange }: Selection): { from: number; to: number } {
  const from = Date.parse(timeRange?.from);
  const to = Date.parse(timeRange?.to);
  if (Number.isNaN(from) || Number.isNaN(to)) throw refused("timeRange", "must have from and to");
  return { from, to };
}

export const planOf = (plan: unknown): Readonly<Record<string, unknown>> => {
  if (typeof plan !== "object" || plan === null) throw refused("plan", "must be an object");
  return plan as Readonly<Record<string, unknown>>;
};

type QueryErrorId =
  | "TRACE_QUERY_CURSOR_MALFORMED"
  | "TRACE_QUERY_CURSOR_CONFLICT"
  | "TRACE_QUERY_EXECUTION_TIMEOUT"
  | "TRACE_QUERY_RESOURCE_LIMIT";

const kinds = {
  TRACE_QUERY_CURSOR_MALFORMED: ["the cursor of the query is malformed", "invalid_argument", 400],
  TRACE_QUERY_CURSOR_CONFLICT: ["the cursor is that of another query or store", "conflict", 409],
  TRACE_QUERY_EXECUTION_TIMEOUT: ["the query took longer than it may", "timeout", 504],
  TRACE_QUERY_RESOURCE_LIMIT: ["the query would look at too many records; narrow its range", "resource_limit", 503],
} as const;

/** An error that the host gives to its callers under the same name. */
export function queryError(id: QueryErrorId): StorageError {
  const [message, code, status] = kinds[id];
  return new StorageError(message, {
    code,
    id,
    category: status < 500 ? "USER" : "SYSTEM",
    domain: "MASTRA_OBSERVABILITY",
    details: { status },
    retry: "permanent",
  });
}
