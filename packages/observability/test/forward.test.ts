import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InMemoryStore, type ObservabilityStorage } from "@stowage/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forwardTraces } from "../src/index.ts";

let store: ObservabilityStorage;
let url: string;
let answers: ((response: ServerResponse) => void)[];
const seen: { headers: IncomingMessage["headers"]; body: string }[] = [];
const http = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    seen.push({ headers: request.headers, body });
    const answer = answers.shift();
    if (answer) answer(response);
    else response.end("{}");
  });
});
beforeEach(async () => {
  seen.splice(0);
  answers = [];
  store = (await new InMemoryStore().getStore("observability")) as ObservabilityStorage;
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1/traces`;
  const at = new Date();
  const ids = Array.from({ length: 60 }, (_, index) => index.toString(16).padStart(32, "a"));
  await store.batchCreateSpans({
    records: ids.map((traceId) => ({ traceId, spanId: "b".repeat(16), name: "n", startedAt: at, endedAt: at })),
  });
});
afterEach(() => new Promise((resolve) => http.close(resolve)));

const ids = async () =>
  (await store.listTracesLight({ pagination: { page: 0, perPage: 100 } })).spans.map(({ traceId }) => traceId);
const status =
  (code: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) =>
    void response.writeHead(code, headers).end("{}");

test("traces go to any receiver of OTLP, as often as it takes", async () => {
  answers = [
    status(503, { "retry-after": "0" }),
    (response) => void response.destroy(),
    (response) => void response.end('{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}'),
  ];
  const headers = { authorization: "Bearer x" };
  const result = await forwardTraces({ storage: store, url, headers, traceIds: await ids(), retryDelayMs: 1 });
  expect(result).toEqual({ requests: 2, rejectedSpans: 2 });
  expect(seen).toHaveLength(4);
  expect(seen[3]?.headers).toMatchObject({ authorization: "Bearer x", "content-type": "application/json" });
  const sent = [seen[2], seen[3]].flatMap((one) =>
    JSON.parse(one?.body ?? "").resourceSpans.flatMap((resource: { scopeSpans: { spans: object[] }[] }) =>
      resource.scopeSpans.flatMap(({ spans }) => spans),
    ),
  );
  expect(sent).toHaveLength(60);
  expect(sent[0]).toMatchObject({ name: "n", spanId: "b".repeat(16), startTimeUnixNano: expect.any(String) });
});

test("a refusal ends it, with what was answered", async () => {
  answers = [status(401)];
  const options = { storage: store, url, traceIds: await ids(), retryDelayMs: 1 };
  await expect(forwardTraces(options)).rejects.toThrow("the receiver answered with 401");
  answers = Array.from({ length: 3 }, () => status(503));
  await expect(forwardTraces({ ...options, maxRetries: 2 })).rejects.toThrow("the receiver answered with 503");
  expect(await forwardTraces({ ...options, traceIds: ["none"] })).toEqual({ requests: 0, rejectedSpans: 0 });
});
