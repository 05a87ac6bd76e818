import type { CreateSpanRecord, ObservabilityStorage, SpanRecord } from "@stowage/core";
import type { Engine, WriteOp } from "@stowage/core/engine";
import { forward } from "@stowage/core/layers";
import { awkwardTexts } from "../../awkward.ts";
import { testEpoch } from "../../clock.ts";

export const start = testEpoch - 60_000;
export const at = (offset: number): Date => new Date(start + offset);

/** A span with what must be given, and what a test wants besides. */
export const span = (traceId: string, spanId: string, extra: Partial<CreateSpanRecord> = {}): CreateSpanRecord => ({
  traceId,
  spanId,
  name: spanId,
  spanType: "generic",
  isEvent: false,
  startedAt: at(0),
  ...extra,
});

export const root = (traceId: string, extra: Partial<CreateSpanRecord> = {}): CreateSpanRecord =>
  span(traceId, "root", { spanType: "agent_run", ...extra });

export const child = (traceId: string, spanId: string, extra: Partial<CreateSpanRecord> = {}): CreateSpanRecord =>
  span(traceId, spanId, { parentSpanId: "root", startedAt: at(1), ...extra });

/** What a span says, without when the store saw it. */
export function content(found: SpanRecord | undefined): Record<string, unknown> | undefined {
  if (!found) return undefined;
  const { createdAt: _created, updatedAt: _updated, ...rest } = found;
  return rest;
}

export async function stored(store: ObservabilityStorage, traceId: string, spanId: string) {
  return content((await store.getSpan({ traceId, spanId }))?.span);
}

export const listedIds = async (
  store: ObservabilityStorage,
  args?: Parameters<ObservabilityStorage["listTraces"]>[0],
): Promise<string[]> => (await store.listTraces(args)).spans.map(({ traceId }) => traceId);

export const contextFields = [
  "entityType",
  "entityId",
  "entityName",
  "entityVersionId",
  "parentEntityType",
  "parentEntityId",
  "parentEntityName",
  "parentEntityVersionId",
  "rootEntityType",
  "rootEntityId",
  "rootEntityName",
  "rootEntityVersionId",
  "userId",
  "organizationId",
  "resourceId",
  "runId",
  "sessionId",
  "threadId",
  "requestId",
  "environment",
  "serviceName",
  "experimentId",
  "source",
] as const;

/** Every property of a span, the texts taken from a list of awkward ones. */
export function fullSpan(traceId: string, spanId: string, seed = 0): CreateSpanRecord {
  const text = (index: number) => awkwardTexts[(seed + index) % awkwardTexts.length] as string;
  return {
    ...Object.fromEntries(contextFields.map((field, index) => [field, text(index)])),
    traceId,
    spanId,
    name: text(30),
    spanType: "a type of tomorrow",
    isEvent: false,
    startedAt: at(3),
    endedAt: at(5),
    scope: { core: "1.2.3", [text(31)]: null },
    attributes: { model: "m", usage: { inputTokens: 3 }, text: text(32) },
    metadata: { "a.b": 1, $set: text(33), nested: { list: [1, "1", null, true] } },
    tags: [text(34), "b", "b", " b"],
    links: [{ traceId: "x", spanId: "y" }],
    input: text(35),
    output: { [text(36)]: [text(37)] },
    error: { message: text(38), stack: "at x" },
    requestContext: { user: { id: 1 } },
  } as CreateSpanRecord;
}

export interface Calls {
  reads: number;
  writes: number;
  ops: WriteOp[][];
}

/** Counts the calls of an engine. */
export function counting(calls: Calls): (engine: Engine) => Engine {
  return (engine) =>
    forward(engine, {
      read: ((ops, options) => {
        calls.reads++;
        return engine.read(ops, options);
      }) as Engine["read"],
      write: (ops, options) => {
        calls.writes++;
        calls.ops.push([...ops]);
        return engine.write(ops, options);
      },
    });
}

export const noCalls = (): Calls => ({ reads: 0, writes: 0, ops: [] });
