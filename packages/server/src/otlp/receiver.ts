import { readOtlpRequest } from "@stowage/core";
import { spanPreparation } from "@stowage/observability";
import { everyone, requireScope } from "../access/principal.ts";
import { spend } from "../access/rate-limit.ts";
import { parseJson, readBytes } from "../api/body.ts";
import { failureOf, forbidden, HttpError } from "../api/errors.ts";
import { domainOf, type ServerContext, setHeaders } from "../api/handle.ts";
import type { Services } from "../services.ts";
import { statusMessage, traceResponse } from "./messages.ts";

const protobuf = "application/x-protobuf";
const json = "application/json";

/** Codes of gRPC, which OTLP uses in the bodies of its refusals. */
const grpcCodes: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  413: 8,
  415: 3,
  429: 8,
  501: 12,
  503: 14,
};

const defaultQueueBytes = 64 * 1024 * 1024;

/**
 * Takes requests of OTLP. Each is acknowledged after its spans are durable, so that a span that was accepted is never lost;
 * an exporter repeats what was not acknowledged, which storage makes harmless. What is being written is bounded in bytes:
 * beyond that exporters are told to wait.
 */
export function otlpReceiver(services: Services): (context: ServerContext) => Promise<Response> {
  const { options, metrics, logger } = services;
  const queueBytes = options.otlp?.queueBytes ?? defaultQueueBytes;
  const prepare = spanPreparation(options.otlp ?? {});
  let waiting = 0;

  const take = async (context: ServerContext, type: string): Promise<Response> => {
    const principal = context.get("principal") ?? everyone;
    requireScope(principal, "observability", "write");
    if (principal.resources !== "*") throw forbidden("these credentials are bound to resources; spans name their own");
    if (options.readOnly) throw new HttpError(403, "the server is read-only", { code: "read_only" });
    const budget = options.rateLimits?.ingest;
    if (budget) setHeaders(context, await spend(services.counters, "ingest", budget, principal.id));
    if (type !== protobuf && type !== json) {
      throw new HttpError(415, `OTLP comes as ${protobuf} or ${json}`, { code: "unsupported_media_type" });
    }
    if (waiting >= queueBytes) throw new HttpError(503, "too many spans are waiting", { code: "busy", retryAfter: 1 });
    const bytes = await readBytes(context.req.raw, options.import.bytes);
    waiting += bytes.length;
    try {
      // Many spans in one request are nothing unusual, and the bytes are bounded.
      const body =
        type === json ? parseJson(bytes.toString("utf8") || "{}", { ...options.import, items: Infinity }) : bytes;
      const domain = await domainOf(services, principal, "observability");
      const { records, rejectedSpans, errorMessage = "" } = readOtlpRequest(body);
      await domain.batchCreateSpans({ records: records.map(prepare) });
      metrics.spans.inc({ outcome: "accepted" }, records.length);
      if (rejectedSpans > 0) metrics.spans.inc({ outcome: "rejected" }, rejectedSpans);
      const partial =
        rejectedSpans > 0 ? { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } } : {};
      return type === json
        ? context.json(partial)
        : context.body(traceResponse(rejectedSpans, errorMessage), 200, { "Content-Type": protobuf });
    } finally {
      waiting -= bytes.length;
    }
  };

  return async (context) => {
    context.set("route", "/v1/traces");
    const type = (context.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
    try {
      return await take(context, type);
    } catch (error) {
      const { status, body, headers, isOurs } = failureOf(error, context.get("requestId"));
      if (isOurs) logger.error(`request ${body.requestId} failed with ${status}`, error);
      setHeaders(context, headers);
      const code = grpcCodes[status] ?? 13;
      return type === protobuf
        ? context.body(statusMessage(code, body.error), status as 400, { "Content-Type": protobuf })
        : context.json({ ...body, code, message: body.error }, status as 400);
    }
  };
}
