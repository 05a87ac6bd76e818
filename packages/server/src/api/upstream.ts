import { HttpError } from "./errors.ts";

/** A server with a runtime, to which goes what storage alone cannot answer. */
export interface UpstreamOptions {
  /** Its address; the paths below the prefix are appended, `/api` included. */
  url: string;
  /** Sent along, for instance its own credentials. Those of the caller are not. */
  headers?: Readonly<Record<string, string>>;
}

/** Of the caller's headers: what says how to read the body and what answer is wanted. */
const passedOn = ["accept", "content-type", "content-encoding", "idempotency-key", "traceparent", "tracestate"];
const passedBack = ["content-type", "retry-after", "etag"];

/** Asks the upstream server the same and gives its answer on as it comes, streams unbuffered. */
export async function askUpstream({ url, headers }: UpstreamOptions, request: Request, path: string) {
  const sent = new Headers(headers);
  for (const name of passedOn) {
    const value = request.headers.get(name);
    if (value !== null && !sent.has(name)) sent.set(name, value);
  }
  const hasBody = request.method !== "GET" && request.method !== "HEAD" && request.body;
  const answer = await fetch(`${url.replace(/\/+$/, "")}${path}${new URL(request.url).search}`, {
    method: request.method,
    headers: sent,
    redirect: "manual",
    signal: request.signal,
    ...(hasBody && ({ body: request.body, duplex: "half" } as object)),
  }).catch(() => {
    throw new HttpError(503, "the upstream server is not available", { code: "unavailable", retryAfter: 1 });
  });
  const back = new Headers({ "Cache-Control": "no-store, no-transform" });
  for (const name of passedBack) {
    const value = answer.headers.get(name);
    if (value !== null) back.set(name, value);
  }
  return new Response(answer.body, { status: answer.status, headers: back });
}
