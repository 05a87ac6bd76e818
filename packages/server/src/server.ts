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
   * Listens, and returns the address.
   *
   * @throws TypeError when the server would be open to others without authentication.
   */
  listen(): Promise<{ url: string; host: string; port: number }>;
  /**
   * Stops: readiness turns false, no new connections, requests under way are finished up to `drainTimeoutMs`. The storage
   * is closed with `closeStorage`. Idempotent.
   */
  close(options?: { closeStorage?: boolean }): Promise<void>;
}

/** Bytes of all header lines together; more is refused by the HTTP parser. */
const maxHeaderSize = 16 * 1024;

export function createServer(given: ServerOptions): StowageServer {
  const options = resolveOptions(given);
  const services = servicesOf(options);
  const state: ServerState = { isDraining: false };
  const app = createApp(services, state);
  let http: Server | undefined;
  let closing: Promise<void> | undefined;
  return {
    fetch: (request) => app.fetch(request),
    async listen() {
      checkBinding(options, authenticator(options.auth) !== undefined);
      const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
      const server = createHttpServer({ maxHeaderSize, requestTimeout: 60_000, headersTimeout: 20_000 }, listener);
      http = server;
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(options.port, options.host, resolve);
      });
      const { port } = server.address() as AddressInfo;
      const host = options.host.includes(":") ? `[${options.host}]` : options.host;
      return { url: `http://${host}:${port}`, host: options.host, port };
    },
    close({ closeStorage = false } = {}) {
      closing ??= stop(http, services, state, closeStorage);
      return closing;
    },
  };
}

async function stop(
  http: Server | undefined,
  services: Services,
  state: ServerState,
  closeStorage: boolean,
): Promise<void> {
  state.isDraining = true;
  if (http) {
    const closed = new Promise<void>((resolve) => http.close(() => resolve()));
    http.closeIdleConnections();
    // A connection kept alive would hold the server open for as long as its client likes.
    const idle = setInterval(() => http.closeIdleConnections(), 50);
    const late = setTimeout(() => http.closeAllConnections(), services.options.drainTimeoutMs);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }
  if (closeStorage) await Promise.all([...services.storages()].map((storage) => storage.close()));
}
