import { forbidden } from "../api/errors.ts";

/** Who calls, and what they may do. */
export interface Principal {
  /** Appears in logs and budgets. */
  id: string;
  /** Which tenant's storage the calls go to. Only with a storage for each tenant; refused otherwise. */
  tenant?: string;
  /** Owners whose records are visible; `*` for all. */
  resources: readonly string[] | "*";
  /** `domain:action` words, each side of which may be `*`: `memory:read`, `*:read`, `datasets:*`. */
  scopes: readonly string[];
}

export type Action = "read" | "write" | "delete";

/** The principal of a server without authentication, which listens on loopback only. */
export const everyone: Principal = Object.freeze({ id: "anonymous", resources: "*", scopes: Object.freeze(["*:*"]) });

export function allows({ scopes }: Principal, area: string, action: Action): boolean {
  return scopes.some((scope) => {
    if (scope === "*") return true;
    const [scopeArea, scopeAction] = scope.split(":");
    return (scopeArea === "*" || scopeArea === area) && (scopeAction === "*" || scopeAction === action);
  });
}

export function requireScope(principal: Principal, area: string, action: Action): void {
  if (!allows(principal, area, action)) throw forbidden(`the credentials lack the scope ${area}:${action}`);
}

/** Whether records of this owner are the principal's to see. A record without an owner is nobody's but of those who see all. */
export const owns = ({ resources }: Principal, resourceId: string | null | undefined): boolean =>
  resources === "*" || (typeof resourceId === "string" && resources.includes(resourceId));

export function requireOwner(principal: Principal, resourceId: string | null | undefined): void {
  if (!owns(principal, resourceId)) throw forbidden("the record belongs to another resource");
}

/**
 * The owner by which a list is narrowed: the one asked for, else the principal's only one.
 *
 * @throws HttpError 403 for an owner outside the principal's, and when none is named although the principal has several.
 */
export function narrow(principal: Principal, resourceId: string | undefined): string | undefined {
  if (principal.resources === "*") return resourceId;
  if (resourceId !== undefined) {
    requireOwner(principal, resourceId);
    return resourceId;
  }
  const [only, ...more] = principal.resources;
  if (only === undefined || more.length > 0) throw forbidden("name one of your resources with resourceId");
  return only;
}
