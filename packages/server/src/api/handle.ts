import type { z } from "@hono/zod-openapi";
import type { MastraCompositeStore, StowageDomains } from "@stowage/core";
import type { Context } from "hono";
import { everyone, type Principal, requireScope } from "../access/principal.ts";
import { spend } from "../access/rate-limit.ts";
import type { Answer } from "../operations/answered.ts";
import type { Services } from "../services.ts";
import { readJson } from "./body.ts";
import { badRequest, failureOf, forbidden, HttpError, type Issue } from "./errors.ts";
import { isKnown, weakEtagOf } from "./etag.ts";
import { listHeaders } from "./list-headers.ts";
import { decodeQuery } from "./query.ts";
import { checkRequestContext } from "./request-context.ts";
import type { Call, Route } from "./route.ts";
import { askUpstream, type UpstreamOptions } from "./upstream.ts";

/** Values that middleware leaves for handlers. */
export type Variables = {
  requestId: string;
  principal: Principal;
  route: string;
  storageMilliseconds: number;
  bytes: number;
};
export type ServerContext = Context<{ Variables: Variables }>;

/** Answers a request by a route: scope, budget, validation, the handler, and repetitions of writes. */
export async function handle(services: Services, route: Route, context: ServerContext): Promise<Response> {
  const { options } = services;
  const principal = context.get("principal") ?? everyone;
  context.set("route", route.path);
  const audit = auditOf(services, route, context, principal);
  try {
    const response = await answered(services, route, context, principal);
    audit(response.status);
    return response;
  } catch (error) {
    audit(failureOf(error, "", options.overload).status);
    throw error;
  }
}

/** Tells the audit log of a write or an export, whatever came of it. */
function auditOf({ options }: Services, route: Route, context: ServerContext, principal: Principal) {
  const isTold = route.action !== "read" || route.budget === "export";
  if (!options.onWrite || !isTold) return () => {};
  return (status: number) =>
    options.onWrite?.({
      requestId: context.get("requestId"),
      principal,
      method: route.method,
      route: route.path,
      params: context.req.param() as Record<string, string>,
      status,
    });
}

async function answered(
  services: Services,
  route: Route,
  context: ServerContext,
  principal: Principal,
): Promise<Response> {
  const { options } = services;
  requireScope(principal, route.area, route.action);
  if (principal.resources !== "*" && !route.isBound) {
    throw forbidden("these credentials are bound to resources, and this route is not");
  }
  if (options.readOnly && route.action !== "read") throw readOnly();
  const budget = options.rateLimits?.[route.budget];
  if (budget) setHeaders(context, await spend(services.counters, route.budget, budget, principal.id));
  if (route.isUpstreams && options.upstream) return passOn(services, context);

  const request = context.req.raw;
  const isDryRun = /(^|,)\s*dry-run\s*(,|;|$)/i.test(request.headers.get("prefer") ?? "");
  if (isDryRun && route.action !== "read" && !route.hasDryRun) {
    throw new HttpError(501, "this route has no dry run; nothing was written", { code: "unsupported" });
  }
  if (isDryRun && route.hasDryRun) context.header("Preference-Applied", "dry-run");
  // Before anything is told of the request: who has no storage learns nothing.
  const storage = await services.storageFor(principal);
  const limits = route.maxBytes === "import" ? options.import : options.json;
  const given = route.body && !route.readsBody ? await readJson(request, limits) : undefined;
  const rawQuery = decodeQuery(searchOf(request.url));
  checkRequestContext(
    rawQuery.requestContext ?? (given as Record<string, unknown> | undefined)?.requestContext,
    services,
  );
  const parsedQuery = parse(route.query, rawQuery, "") as Record<string, unknown>;
  const parsedBody = route.body && !route.readsBody ? parse(route.body, given, "") : undefined;
  if (options.ids !== "any") checkNewIds(route, { ...parsedQuery, ...(parsedBody as object | undefined) });
  const call: Call = {
    params: parse(route.params, context.req.param(), "") as Record<string, string>,
    query: parsedQuery,
    body: parsedBody,
    principal,
    request,
    requestId: context.get("requestId"),
    isDryRun,
    storage,
    store: (key) => domainOf(services, principal, key),
    header: (name, value) => context.header(name, value),
  };
  if (route.action === "read" || route.readsBody) {
    const result = await timed(services, context, route.run(call));
    setHeaders(context, listHeaders(request.url, result));
    if (result instanceof Response) return context.newResponse(result.body, result);
    const answer = jsonOf(result ?? null);
    // Hashing every answer would cost everybody what few ask for.
    if (route.readsBody || !request.headers.has("if-none-match")) return send(context, answer);
    const etag = context.res.headers.get("ETag") ?? weakEtagOf(answer.body);
    return isKnown(request, etag)
      ? context.body(null, 304, { ETag: etag })
      : send(context, { ...answer, headers: { ...answer.headers, ETag: etag } });
  }

  const { pathname, search } = new URL(request.url);
  const key = request.headers.get("idempotency-key");
  const place = `${principal.tenant ?? ""} ${principal.id} ${route.method} ${pathname}`;
  const text = `${place}${search} ${JSON.stringify(given) ?? ""}`;
  const run = async (): Promise<Answer> => jsonOf((await timed(services, context, route.run(call))) ?? {});
  const answer = key
    ? await services.answered.underKey(`key:${place} ${key}`, text, run)
    : await services.answered.unlessBroken(text, request.signal, run);
  return send(context, answer);
}

const readOnly = () => new HttpError(403, "the server is read-only", { code: "read_only" });

/**
 * Gives a request on to the server with the runtime. Nobody there knows the caller, so only one who may see all gets through.
 *
 * @throws HttpError 403 for a caller who is bound to resources or to a tenant.
 */
export function passOn({ options }: Services, context: ServerContext): Promise<Response> {
  const { upstream } = options as { upstream: UpstreamOptions };
  const principal = context.get("principal") ?? everyone;
  if (principal.resources !== "*" || principal.tenant !== undefined) {
    throw forbidden("the upstream server keeps no resources or tenants apart");
  }
  const { method } = context.req;
  const action = method === "GET" ? "read" : method === "DELETE" ? "delete" : "write";
  requireScope(principal, "upstream", action);
  if (options.readOnly && action !== "read") throw readOnly();
  return askUpstream(upstream, context.req.raw, context.req.path);
}

const jsonOf = (result: unknown): Answer => ({
  status: 200,
  body: JSON.stringify(result),
  headers: { "Content-Type": "application/json" },
});

function send(context: ServerContext, { body, status, headers }: Answer): Response {
  const bytes = Buffer.byteLength(body);
  context.set("bytes", bytes);
  // What is small is not worth compressing, which only its length tells.
  return context.body(body, status as 200, { ...headers, "Content-Length": String(bytes) });
}

/** The storage's call goes on after the time is over; its outcome is then nobody's. */
async function timed<T>({ options }: Services, context: ServerContext, work: Promise<T>): Promise<T> {
  const started = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new HttpError(503, "the request took too long", { code: "timeout", retryAfter: 1 }));
    timer = setTimeout(refuse, options.requestTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    context.set("storageMilliseconds", performance.now() - started);
  }
}

export async function domainOf<K extends keyof StowageDomains>(
  services: Services,
  principal: Pick<Principal, "tenant">,
  key: K,
): Promise<StowageDomains[K]> {
  const storage: MastraCompositeStore = await services.storageFor(principal);
  const store = await storage.getStore(key);
  if (store) return store as StowageDomains[K];
  throw new HttpError(501, `the storage has no domain ${key}`, { code: "domain_missing", details: { domain: key } });
}

function parse(schema: z.ZodType, value: unknown, at: string): unknown {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues: Issue[] = parsed.error.issues.slice(0, 20).map(({ path, message }) => ({
    field: path.length > 0 ? path.map(String).join(".") : at || "body",
    message,
  }));
  const [first] = issues;
  throw badRequest(first ? `${first.field}: ${first.message}` : "the request is not valid", issues);
}

/** @throws HttpError 400 for an id that cannot travel unencoded in a path. */
function checkNewIds({ newIds }: Route, given: Record<string, unknown>): void {
  for (const field of newIds) {
    const id = given[field];
    if (typeof id !== "string" || /^[^/?#%\s\p{Cc}]+$/u.test(id)) continue;
    const message = "an id must not contain / ? # % or white space";
    throw badRequest(`${field}: ${message}`, [{ field, message }]);
  }
}

function searchOf(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
}

export function setHeaders(context: ServerContext, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
}
