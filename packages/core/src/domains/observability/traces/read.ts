import type { Engine } from "../../../engine/engine.ts";
import { find, get } from "../../../engine/operations.ts";
import { invalid } from "../../../errors.ts";
import { readPage } from "../../shared/pages.ts";
import { isIdentity } from "../spans/incoming.ts";
import { compareSpans } from "../spans/order.ts";
import { lightColumns, toLightSpan, toSpan } from "../spans/records.ts";
import { spans, traceIndex } from "../tables.ts";
import type { LightSpanRecord, SpanRecord } from "../types.ts";

interface Trace<Span> {
  traceId: string;
  spans: Span[];
}

/**
 * An id to look up; `undefined` for text that no record can have.
 *
 * @throws StorageError `INVALID_ARGUMENT` when it is missing, empty or no text.
 */
export function lookedUp(value: unknown, path: string): string | undefined {
  if (typeof value !== "string" || value === "") {
    throw invalid(`${path} must be a non-empty string`, "INVALID_ARGUMENT", { path });
  }
  return isIdentity(value) ? value : undefined;
}

export async function readSpan(engine: Engine, a: unknown): Promise<{ span: SpanRecord } | null> {
  const args = argumentsOf(a);
  const traceId = lookedUp(args.traceId, "traceId");
  const spanId = lookedUp(args.spanId, "spanId");
  if (traceId === undefined || spanId === undefined) return null;
  const [{ rows }] = await engine.read([get(spans, [[traceId, spanId]])]);
  return rows[0] ? { span: toSpan(rows[0]) } : null;
}

/** How long a walk for a span of which only its own id is known may take, in milliseconds. */
const findTimeout = 2000;

/** Walks the spans: their key begins with the trace, and an index of their ids alone would cost every write. */
export async function findSpan(engine: Engine, a: unknown): Promise<{ span: SpanRecord } | null> {
  const spanId = lookedUp(argumentsOf(a).spanId, "spanId");
  if (spanId === undefined) return null;
  const deadline = Date.now() + findTimeout;
  const filter = { op: "eq", column: "spanId", value: spanId } as const;
  for (let cursor: string | undefined; ; ) {
    const walk = find(spans, { path: "all", filter, limit: 1, columns: ["traceId"], ...(cursor && { cursor }) });
    const [{ rows, end, cursor: next }] = await engine.read([walk], { deadline });
    if (rows[0]) return readSpan(engine, { traceId: rows[0].traceId, spanId });
    if (end === "exhausted") return null;
    cursor = next;
  }
}

export async function readSpans(engine: Engine, a: unknown): Promise<Trace<SpanRecord>> {
  const args = argumentsOf(a);
  const traceId = lookedUp(args.traceId, "traceId");
  if (!Array.isArray(args.spanIds)) throw invalid("spanIds must be a list", "INVALID_ARGUMENT", { path: "spanIds" });
  const spanIds = args.spanIds.map((spanId, index) => lookedUp(spanId, `spanIds[${index}]`));
  const wanted = [...new Set(spanIds)].filter((spanId) => spanId !== undefined);
  if (traceId === undefined || wanted.length === 0) return { traceId: args.traceId as string, spans: [] };
  const [{ rows }] = await engine.read([
    get(
      spans,
      wanted.map((spanId) => [traceId, spanId]),
    ),
  ]);
  const found = rows.filter((row) => row !== undefined).sort(compareSpans);
  return { traceId, spans: found.map(toSpan) };
}

export async function readTrace(engine: Engine, a: unknown): Promise<Trace<SpanRecord> | null> {
  const traceId = lookedUp(argumentsOf(a).traceId, "traceId");
  if (traceId === undefined) return null;
  const { rows } = await readPage(engine, find(spans, { path: "byTrace", eq: { traceId } }));
  return rows.length === 0 ? null : { traceId, spans: rows.sort(compareSpans).map(toSpan) };
}

/** Reads no payloads from the engine. */
export async function readStructure(engine: Engine, a: unknown): Promise<Trace<LightSpanRecord> | null> {
  const traceId = lookedUp(argumentsOf(a).traceId, "traceId");
  if (traceId === undefined) return null;
  const { rows } = await readPage(engine, find(spans, { path: "byTrace", eq: { traceId }, columns: lightColumns }));
  return rows.length === 0 ? null : { traceId, spans: rows.sort(compareSpans).map(toLightSpan) };
}

/** The index names the current root, so that a long trace is not walked for it. */
export async function readRootSpan(engine: Engine, a: unknown): Promise<{ span: SpanRecord } | null> {
  const traceId = lookedUp(argumentsOf(a).traceId, "traceId");
  if (traceId === undefined) return null;
  const [{ rows }] = await engine.read([get(traceIndex, [[traceId]], ["rootSpanId"])]);
  const spanId = rows[0]?.rootSpanId;
  return spanId == null ? null : readSpan(engine, { traceId, spanId });
}

function argumentsOf(a: unknown): Record<string, unknown> {
  if (typeof a !== "object" || a === null) throw invalid("the arguments must be an object", "INVALID_ARGUMENT");
  return a as Record<string, unknown>;
}
