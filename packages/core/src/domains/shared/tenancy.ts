import type { Filter } from "../../engine/filter.ts";
import { invalid } from "../../errors.ts";

/** What separates tenants in the domains that know them. */
export interface Tenancy {
  readonly organizationId: string | null;
  readonly projectId: string | null;
}

/** Restricts an operation to rows of one tenant. */
export interface TenancyFilters {
  organizationId?: string;
  projectId?: string;
}

/**
 * The members of tenancy filters that are tested.
 *
 * @throws StorageError `INVALID_INPUT` for filters that are no object and members that are no strings: what cannot be
 * understood must not widen the scope.
 */
export function checkTenancyFilters(filters: unknown): TenancyFilters {
  if (filters === undefined) return {};
  if (typeof filters !== "object" || filters === null || Array.isArray(filters)) {
    throw invalid("filters must be an object", "INVALID_INPUT", { path: "filters" });
  }
  const checked: TenancyFilters = {};
  for (const name of ["organizationId", "projectId"] as const) {
    const value = (filters as Record<string, unknown>)[name];
    if (value === undefined) continue;
    if (typeof value !== "string") {
      throw invalid(`filters.${name} must be a string`, "INVALID_INPUT", { path: `filters.${name}` });
    }
    checked[name] = value;
  }
  return checked;
}

/** Whether a row lies within the filters; a row without a tenant never matches one. */
export const isInTenancy = (row: Tenancy, { organizationId, projectId }: TenancyFilters): boolean =>
  (organizationId === undefined || row.organizationId === organizationId) &&
  (projectId === undefined || row.projectId === projectId);

/** The same as residual filters of a walk. */
export function tenancyFilters({ organizationId, projectId }: TenancyFilters): (Filter | undefined)[] {
  const equal = (column: string, value: string | undefined): Filter | undefined =>
    value === undefined ? undefined : { op: "eq", column, value };
  return [equal("organizationId", organizationId), equal("projectId", projectId)];
}
