import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from "prom-client";

/** What the server counts, written as OpenMetrics text. */
export class ServerMetrics {
  readonly #registry = openMetrics();
  readonly requests = new Histogram({
    name: "stowage_http_request_duration_seconds",
    help: "Requests by route template and status",
    labelNames: ["method", "route", "status"] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.#registry],
  });
  readonly inFlight = new Gauge({
    name: "stowage_http_requests_in_flight",
    help: "Requests being answered",
    registers: [this.#registry],
  });
  readonly spans = new Counter({
    name: "stowage_otlp_spans",
    help: "Spans that came by OTLP",
    labelNames: ["outcome"] as const,
    registers: [this.#registry],
  });
  readonly identityAttempts = new Counter({
    name: "stowage_request_context_identity_attempts",
    help: "Requests whose context tried to set an owner or a thread",
    registers: [this.#registry],
  });

  readonly contentType = this.#registry.contentType;
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function openMetrics() {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}
