import type { z } from "@hono/zod-openapi";
import type { MastraCompositeStore, StowageDomains } from "@stowage/core";
import type { Context } from "hono";
import { everyone, type Principal, requireScope } from "../access/principal.ts";
import { spend } from "../access/rate-limit.ts";
import type { Answer } from "../operations/answered.ts";
import type { Services } from "../services.ts";
import { readJson } from "./body.ts";
import { badRequest, forbidden, HttpError, type Issue } from "./errors.ts";
import { decodeQuery } from "./query.ts";
import { checkRequestContext } from "./request-context.ts";
import type { Call, Route } from "./route.ts";

/** Values that middleware leaves for handlers. */
export type Variables = { requestId: string; principal: Principal; route: string };
export type ServerContext = Context<{ Variables: Variables }>;

/** Answers a request by a route: scope, budget, validation, the handler, and repetitions of writes. */
export async function handle(services: Services, route: Route, context: ServerContext): Promise<Response> {
  const { options } = services;
  const principal = context.get("principal") ?? everyone;
  context.set("route", route.path);
  requireScope(principal, route.area, route.action);
  if (principal.resources !== "*" && !route.isBound) {
    throw forbidden("these credentials are bound to resources, and this route is not");
  }
  if (options.readOnly && route.action !== "read") {
    throw new HttpError(403, "the server is read-only", { code: "read_only" });
  }
  const budget = options.rateLimits?.[route.budget];
  if (budget) setHeaders(context, await spend(services.counters, route.budget, budget, principal.id));

  const request = context.req.raw;
  const limits = route.maxBytes === "import" ? options.import : options.json;
  const given = route.body && !route.readsBody ? await readJson(request, limits) : undefined;
  const rawQuery = decodeQuery(searchOf(request.url));
  checkRequestContext(
    rawQuery.requestContext ?? (given as Record<string, unknown> | undefined)?.requestContext,
    services,
  );
  const call: Call = {
    params: parse(route.params, context.req.param(), "") as Record<string, string>,
    query: parse(route.query, rawQuery, "") as Record<string, unknown>,
    body: route.body && !route.readsBody ? parse(route.body, given, "") : undefined,
    principal,
    request,
    requestId: context.get("requestId"),
    storage: await services.storageFor(principal),
    store: (key) => domainOf(services, principal, key),
    header: (name, value) => context.header(name, value),
  };
  if (route.action === "read" || route.readsBody) return send(context, await timed(services, route.run(call)));

  const { pathname, search } = new URL(request.url);
  const key = request.headers.get("idempotency-key");
  const place = `${principal.tenant ?? ""} ${principal.id} ${route.method} ${pathname}`;
  const text = `${place}${search} ${JSON.stringify(given) ?? ""}`;
  const run = () => answerOf(services, route, call);
  const answer = key
    ? await services.answered.underKey(`key:${place} ${key}`, text, run)
    : await services.answered.unlessBroken(text, request.signal, run);
  options.onWrite?.({
    requestId: call.requestId,
    principal,
    method: route.method,
    route: route.path,
    params: call.params,
    status: answer.status,
  });
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}

async function answerOf(services: Services, route: Route, call: Call): Promise<Answer> {
  const result = await timed(services, route.run(call));
  return {
    status: 200,
    body: JSON.stringify(result ?? {}),
    headers: { "Content-Type": "application/json" },
  };
}

function send(context: ServerContext, result: unknown): Response {
  if (result instanceof Response) return result;
  return context.body(JSON.stringify(result ?? null), 200, { "Content-Type": "application/json" });
}

/** The storage's call goes on after the time is over; its outcome is then nobody's. */
async function timed<T>({ options }: Services, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const refuse = () => reject(new HttpError(503, "the request took too long", { code: "timeout", retryAfter: 1 }));
    timer = setTimeout(refuse, options.requestTimeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
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

function searchOf(url: string): URLSearchParams {
  const at = url.indexOf("?");
  return new URLSearchParams(at < 0 ? "" : url.slice(at + 1));
}

export function setHeaders(context: ServerContext, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) context.header(name, value);
}
