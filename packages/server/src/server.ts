import { createServer as createHttpServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { authenticator } from "./access/authenticate.ts";
import { createApp, type ServerState } from "./app.ts";
import { checkBinding, resolveOptions, type ServerOptions } from "./options.ts";
import { type Services, servicesOf } from "./services.ts";

/** A storage over HTTP. */
export interface StowageServer {
  /** Answers one request; for hosts that listen by themselves. Such a host sees to who may reach it. */
  fetch(request: Request): Response | Promise<Response>;
  /**
   * Listens, and returns the address, and that of the port for exporters where there is one.
   *
   * @throws TypeError when the server would be open to others without authentication.
   */
  listen(): Promise<{ url: string; host: string; port: number; otlpUrl?: string }>;
  /**
   * Stops: readiness turns false, no new connections, requests under way are finished up to `drainTimeoutMs`; an export that
   * is still under way then ends in a line that says so. The storage is closed with `closeStorage`. Idempotent.
   */
  close(options?: { closeStorage?: boolean }): Promise<void>;
}

/** Bytes of all header lines together; more is refused by the HTTP parser. */
const maxHeaderSize = 16 * 1024;

/** Longer than clients and proxies keep theirs: whoever closes first must not be the one that the next request comes to. */
const keepAliveTimeout = 75_000;

/** How long a stream has to say that it was interrupted. */
const lastWordMs = 250;

export function createServer(given: ServerOptions): StowageServer {
  const options = resolveOptions(given);
  const services = servicesOf(options);
  const state: ServerState = { isDraining: false };
  const app = createApp(services, state);
  const servers: Server[] = [];
  let closing: Promise<void> | undefined;
  const open = async (answer: Fetch, wanted: number) => {
    const listener = getRequestListener(answer, { overrideGlobalObjects: false });
    const http = createHttpServer(
      { maxHeaderSize, keepAliveTimeout, requestTimeout: 60_000, headersTimeout: 20_000 },
      listener,
    );
    await new Promise<void>((resolve, reject) => {
      http.once("error", reject);
      http.listen(wanted, options.host, resolve);
    });
    servers.push(http);
    return (http.address() as AddressInfo).port;
  };
  const host = options.host.includes(":") ? `[${options.host}]` : options.host;
  return {
    fetch: (request) => app.fetch(request),
    async listen() {
      checkBinding(options, authenticator(options.auth) !== undefined);
      const port = await open(app.fetch, options.port);
      const at = { url: `http://${host}:${port}`, host: options.host, port };
      if (options.otlp?.port === undefined) return at;
      try {
        const otlpPort = await open(onlyOtlp(app.fetch), options.otlp.port);
        return { ...at, otlpUrl: `http://${host}:${otlpPort}` };
      } catch (error) {
        await this.close();
        throw error;
      }
    },
    close({ closeStorage = false } = {}) {
      closing ??= stop(servers, services, state, closeStorage);
      return closing;
    },
  };
}

type Fetch = (request: Request, env?: unknown) => Response | Promise<Response>;

/** On the port of exporters nothing else answers. */
const onlyOtlp =
  (answer: Fetch): Fetch =>
  (request, env) =>
    new URL(request.url).pathname.startsWith("/v1/") ? answer(request, env) : new Response(null, { status: 404 });

async function stop(
  servers: readonly Server[],
  services: Services,
  state: ServerState,
  closeStorage: boolean,
): Promise<void> {
  state.isDraining = true;
  const { drainTimeoutMs } = services.options;
  const late = setTimeout(() => services.interruption.abort(), drainTimeoutMs);
  await Promise.all(servers.map((http) => drained(http, drainTimeoutMs + lastWordMs)));
  clearTimeout(late);
  if (closeStorage) await Promise.all([...services.storages()].map((storage) => storage.close()));
}

async function drained(http: Server, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => http.close(() => resolve()));
  http.closeIdleConnections();
  // A connection kept alive would hold the server open for as long as its client likes.
  const idle = setInterval(() => http.closeIdleConnections(), 50);
  const last = setTimeout(() => http.closeAllConnections(), limitMs);
  await closed;
  clearInterval(idle);
  clearTimeout(last);
}
