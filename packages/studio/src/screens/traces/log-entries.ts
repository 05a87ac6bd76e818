import type { Span } from "../../api/traces.ts";
import type { SpanLog } from "./span-logs.ts";

/** A line of the log of a trace. */
export interface LogEntry {
  key: string;
  /** ISO 8601. */
  at: string;
  spanId: string;
  name: string;
  /** What it is: input, output, error, an event's name, a log's level. */
  kind: string;
  text: string;
}

/** UTF-16 units of a text that are shown. */
const longest = 4000;

/** Everything in a trace that can be read, in the order of time: what went into spans and came out, and what was noted. */
export function entriesOf(spans: readonly Span[], logs: readonly SpanLog[]): LogEntry[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, name || spanId]));
  const entries: Omit<LogEntry, "key">[] = [];
  for (const { spanId, startedAt, endedAt, input, output, error } of spans) {
    const name = names.get(spanId) ?? spanId;
    const add = (at: string, kind: string, value: unknown) => {
      if (value !== null && value !== undefined) entries.push({ at, spanId, name, kind, text: textOf(value) });
    };
    add(startedAt, "input", input);
    add(endedAt ?? startedAt, "output", output);
    add(endedAt ?? startedAt, "error", error);
  }
  for (const { timestamp, spanId, level, message } of logs) {
    const id = spanId ?? "";
    entries.push({ at: timestamp, spanId: id, name: names.get(id) ?? id, kind: level, text: textOf(message) });
  }
  return entries
    .map((entry, index) => ({ ...entry, key: String(index) }))
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function textOf(value: unknown): string {
  const { message } = (typeof value === "object" && value !== null ? value : {}) as { message?: unknown };
  const text = typeof value === "string" ? value : typeof message === "string" ? message : JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
