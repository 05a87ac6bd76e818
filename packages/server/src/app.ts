import { randomUUID } from "node:crypto";
import { OpenAPIHono } from "@hono/zod-openapi";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { routePath } from "hono/route";
import { secureHeaders } from "hono/secure-headers";
import { type Authenticate, authenticator } from "./access/authenticate.ts";
import { everyone, requireScope } from "./access/principal.ts";
import { spend } from "./access/rate-limit.ts";
import { type ApiDocument, documentPage } from "./api/document-page.ts";
import { failureOf, forbidden, HttpError, notFound, problemOf } from "./api/errors.ts";
import { handle, passOn, type ServerContext, setHeaders, type Variables } from "./api/handle.ts";
import { describeRoute, openApiDocument } from "./api/openapi.ts";
import { isOutOfScope, outOfScope } from "./api/out-of-scope.ts";
import type { Route } from "./api/route.ts";
import { type Health, healthOf, isReady } from "./operations/health.ts";
import { isLoopback } from "./options.ts";
import { otlpReceiver } from "./otlp/receiver.ts";
import { routesOf } from "./routes/index.ts";
import type { Services } from "./services.ts";
import { serveStudio } from "./studio.ts";
import { version } from "./version.ts";

/** What changes while the server runs. */
export interface ServerState {
  isDraining: boolean;
}

const failedAuthBudget = { limit: 20, windowSeconds: 60 };
const exposed = ["ETag", "Link", "X-Total-Count", "X-Request-Id", "RateLimit", "RateLimit-Policy", "Retry-After"];

/** The whole server as one `fetch` function with routes. */
export function createApp(services: Services, state: ServerState) {
  const { options, metrics, logger } = services;
  const { prefix } = options;
  const routes = [...routesOf(services), ...(options.routes ?? [])];
  const authenticate = authenticator(options.auth);
  const app = new OpenAPIHono<{ Variables: Variables }>();
  app.openAPIRegistry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });

  const fail = (error: unknown, context: ServerContext) => {
    const requestId = context.get("requestId") ?? "";
    const failure = failureOf(error, requestId, options.overload);
    if (failure.isOurs) {
      logger.error(`request ${requestId} failed with ${failure.status}`, error);
      options.onError?.(error, { requestId, status: failure.status });
    }
    setHeaders(context, failure.headers);
    const wantsProblem = context.req.header("accept")?.includes("application/problem+json");
    const body = wantsProblem ? problemOf(failure.status, failure.body) : failure.body;
    const type = wantsProblem ? "application/problem+json" : "application/json";
    return context.body(JSON.stringify(body), failure.status as 400, { "Content-Type": type });
  };
  app.onError((error, context) => fail(error, context as ServerContext));

  app.use(async (context, next) => {
    const started = performance.now();
    const given = context.req.header("x-request-id");
    const requestId = given && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
    context.set("requestId", requestId);
    context.header("X-Request-Id", requestId);
    metrics.inFlight.inc();
    try {
      await next();
    } finally {
      metrics.inFlight.dec();
      const milliseconds = performance.now() - started;
      const route = context.get("route") ?? routePath(context, -1);
      const { status } = context.res;
      metrics.requests.observe({ method: context.req.method, route, status: String(status) }, milliseconds / 1000);
      const storageMilliseconds = context.get("storageMilliseconds");
      if (options.serverTiming) {
        const storage = storageMilliseconds === undefined ? "" : `storage;dur=${storageMilliseconds.toFixed(2)}, `;
        context.res.headers.set("Server-Timing", `${storage}total;dur=${milliseconds.toFixed(2)}`);
      }
      options.onRequest?.({
        requestId,
        method: context.req.method,
        route,
        status,
        milliseconds,
        ...present({
          storageMilliseconds,
          bytes: context.get("bytes"),
          principal: context.get("principal")?.id,
          traceId: traceIdOf(context.req.header("traceparent")),
        }),
      });
    }
  });
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
      xFrameOptions: "DENY",
      referrerPolicy: "no-referrer",
    }),
  );
  if (options.cors) {
    const { origins, credentials = false } = options.cors;
    app.use(cors({ origin: [...origins], credentials, exposeHeaders: exposed, maxAge: 600 }));
  }
  app.use(refuseForeignOrigins(options.cors?.origins ?? [], !authenticate && !options.insecure));
  app.use(compress({ threshold: 1024 }));

  operations(app, services, state, authenticate);

  const guard = async (context: ServerContext, next: () => Promise<void>) => {
    if (state.isDraining) {
      throw new HttpError(503, "the server is stopping", { code: "draining", retryAfter: 5 });
    }
    context.header("Cache-Control", "no-store");
    const perAddress = options.rateLimits?.address;
    if (perAddress)
      await spend(services.counters, "address", perAddress, addressOf(context, options.trustProxy ?? false));
    context.set("principal", authenticate ? await identify(services, authenticate, context) : everyone);
    await next();
  };
  app.use(`${prefix}/*`, guard);
  for (const route of routes) {
    app.on(route.method.toUpperCase(), `${prefix}${honoPath(route.path)}`, (context) =>
      handle(services, route, context),
    );
    describeRoute(app as never, prefix, route);
  }
  app.get(`${prefix}/stowage/openapi.json`, (context) =>
    context.json(openApiDocument(app as never, version, options.readOnly)),
  );
  app.get(`${prefix}/system/api-schema`, (context) =>
    context.json(openApiDocument(app as never, version, options.readOnly)),
  );
  app.get(`${prefix}/stowage/docs`, (context) =>
    context.html(documentPage(openApiDocument(app as never, version, options.readOnly) as ApiDocument)),
  );
  if (options.otlp?.enabled !== false) {
    app.use("/v1/*", guard);
    const receive = otlpReceiver(services);
    for (const path of ["/v1/traces", `${prefix}/stowage/otlp/v1/traces`]) app.post(path, receive);
  }
  if (options.studio) serveStudio(app, options.studio, [prefix, "/v1"]);

  app.notFound(async (context) => {
    try {
      return await unknownRoute(services, routes, context as ServerContext);
    } catch (error) {
      return fail(error, context as ServerContext);
    }
  });
  return app;
}

/**
 * What no route answers: another server may, where there is one.
 *
 * @throws HttpError 405, 501 or 404.
 */
async function unknownRoute(services: Services, routes: readonly Route[], context: ServerContext): Promise<Response> {
  const { prefix, upstream } = services.options;
  const { path } = context.req;
  const allowed = methodsOf(prefix, routes, path);
  if (allowed.length > 0) throw methodNotAllowed(allowed);
  if (!path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}/stowage/`)) throw notFound("the route was");
  if (upstream) return passOn(services, context);
  throw isOutOfScope(path.slice(prefix.length)) ? outOfScope() : notFound("the route was");
}

const honoPath = (path: string) => path.replace(/\{(\w+)\}/g, ":$1");

/** Methods under which a path is known. */
const methodsOf = (prefix: string, routes: readonly Route[], asked: string) =>
  routes
    .filter(({ path }) => new RegExp(`^${prefix}${path.replace(/\{\w+\}/g, "[^/]+")}$`).test(asked))
    .map(({ method }) => method.toUpperCase());

const methodNotAllowed = (allowed: readonly string[]) =>
  new HttpError(405, "the method is not allowed here", {
    code: "method_not_allowed",
    headers: { Allow: allowed.join(", ") },
  });

/** The trace of a W3C `traceparent`. */
const traceIdOf = (header: string | undefined) =>
  /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(header ?? "")?.[1];

const present = <T extends object>(members: T): { [K in keyof T]?: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never;

/** Health without credentials, metrics with them. */
function operations(
  app: OpenAPIHono<{ Variables: Variables }>,
  services: Services,
  state: ServerState,
  authenticate: Authenticate | undefined,
): void {
  for (const path of ["/healthz", "/health"]) app.get(path, (context) => context.json({ status: "alive" }));
  let cached: { health: Promise<Health>; until: number } | undefined;
  app.get("/readyz", async (context) => {
    if (state.isDraining) return context.json({ status: "draining" }, 503, { "Retry-After": "5" });
    // With a storage for each tenant none of them is the server's own.
    if (typeof services.options.storage === "function") return context.json({ status: "ready" });
    if (!cached || cached.until < Date.now()) {
      cached = { health: healthOf(services.options.storage), until: Date.now() + 1000 };
    }
    const health = await cached.health;
    const ready = isReady(health);
    const mayKnow = authenticate
      ? await authenticate(context.req.raw).then(
          () => true,
          () => false,
        )
      : true;
    const body = { status: ready ? "ready" : "not ready", ...(mayKnow && { domains: health }) };
    return ready ? context.json(body) : context.json(body, 503, { "Retry-After": "1" });
  });
  app.get("/metrics", async (context) => {
    if (authenticate) requireScope(await identify(services, authenticate, context), "metrics", "read");
    return context.body(await services.metrics.text(), 200, { "Content-Type": services.metrics.contentType });
  });
}

/** The caller, unless the address failed too often. */
async function identify(services: Services, authenticate: Authenticate, context: ServerContext) {
  const { counters, options } = services;
  const address = addressOf(context, options.trustProxy ?? false);
  const budget = options.rateLimits?.failedAuth ?? failedAuthBudget;
  services.blocked.check(address);
  try {
    return await authenticate(context.req.raw);
  } catch (error) {
    try {
      await spend(counters, "failedAuth", budget, address);
    } catch (refusal) {
      services.blocked.add(address, refusal as HttpError);
      throw refusal;
    }
    throw error;
  }
}

function addressOf(context: ServerContext, trustProxy: boolean): string {
  if (trustProxy) {
    const forwarded = context.req.header("x-forwarded-for")?.split(",").at(-1)?.trim();
    if (forwarded) return forwarded;
  }
  const { incoming } = (context.env ?? {}) as { incoming?: { socket: { remoteAddress?: string } } };
  return incoming?.socket.remoteAddress ?? "unknown";
}

/**
 * A page on another origin must not write through a browser: such a request carries `Origin`. And a server without
 * authentication answers only to the names of this machine, so that no page can reach it by a name of its own that
 * resolves to loopback.
 */
function refuseForeignOrigins(origins: readonly string[], isOpen: boolean) {
  return async (context: ServerContext, next: () => Promise<void>) => {
    const { host, hostname } = new URL(context.req.url);
    if (isOpen && !isLoopback(hostname)) throw forbidden("a server without authentication answers to localhost only");
    const { method } = context.req;
    if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") {
      const origin = context.req.header("origin");
      if (origin !== undefined && !origins.includes(origin) && hostOf(origin) !== host) {
        throw forbidden("requests from this origin are not allowed");
      }
    }
    await next();
  };
}

const hostOf = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : undefined);
