import type { StoredRecord } from "@stowage/core/engine";
import {
  beyond,
  type CountRequest,
  type KvAnswer,
  type KvRequest,
  type Layout,
  type RecordsRequest,
  type TableRequest,
  unpackRow,
  type WalkRequest,
} from "@stowage/kv";
import { entryGroup, type WireAnswer, type WireAnswers, type WireRequest, type WireRow } from "./wire.ts";

/** One request on its way through as many queries as it needs: what to ask next, and `undefined` once it is answered. */
export interface Pending {
  readonly request: WireRequest;
  accept(answer: WireAnswer): Pending | KvAnswer;
}

export const isPending = (step: Pending | KvAnswer): step is Pending =>
  typeof step === "object" && step !== null && "accept" in step;

/** What a request asks of the functions. */
export function pendingOf(request: KvRequest, prefix: string): Pending {
  if (request.kind === "records") return records(request, prefix, []);
  if (request.kind === "walk") return walk(request, prefix);
  return request.kind === "count" ? count(request, prefix, 0) : table(request, prefix);
}

const tableOf = (layout: Layout, prefix: string): string => prefix + layout.table.name;

/** `keyed` are columns in the key and in indexes that are built: a record has those beside the parts of its row. */
function columnsOf(
  layout: Layout,
  columns: readonly string[] | undefined,
  keyed: readonly string[] = layout.table.key,
) {
  const wanted = new Set(columns ?? layout.columnNames);
  if (layout.columnNames.every((name) => wanted.has(name))) return {};
  return { columns: [...wanted], ...([...wanted].every((name) => keyed.includes(name)) && { inHead: true }) };
}

function records(request: RecordsRequest, prefix: string, before: readonly (StoredRecord | undefined)[]): Pending {
  const { layout, ids } = request;
  const rest = ids.slice(before.length);
  return {
    request: { kind: "records", table: tableOf(layout, prefix), ids: rest, ...columnsOf(layout, request.columns) },
    accept(answer) {
      const { rows } = answer as WireAnswers["records"];
      const all = [...before, ...rows.map((row) => (row ? rowOf(layout, row) : undefined))];
      return all.length < ids.length ? records(request, prefix, all) : all;
    },
  };
}

function walk(request: WalkRequest, prefix: string): Pending {
  const { layout, direction, skip, limit, span } = request;
  const wire = {
    kind: "walk",
    direction,
    skip,
    limit,
    ...spanOf(request, prefix),
  } as const;
  const keyed = [...layout.table.key, ...span.index.eq, ...span.index.order];
  return {
    request: { ...wire, ...columnsOf(layout, request.columns, keyed) },
    accept(answer) {
      const { rows, skipped, more, through } = answer as WireAnswers["walk"];
      // It got nowhere, or not beyond what it was to pass over.
      if (more && (through === undefined || (rows.length === 0 && skipped > 0))) {
        const bound = through !== undefined && (direction === "asc" ? { from: beyond(through) } : { to: through });
        return walk({ ...request, skip: skip - skipped, span: { ...span, ...bound } }, prefix);
      }
      return {
        rows: rows.map((row) => rowOf(layout, row)),
        ...(more && through !== undefined && { through }),
      };
    },
  };
}

function count(request: CountRequest, prefix: string, before: number): Pending {
  return {
    request: { kind: "count", ...spanOf(request, prefix) },
    accept(answer) {
      const { count: found, more, through } = answer as WireAnswers["count"];
      if (!more) return before + found;
      const bound = through !== undefined && { from: beyond(through) };
      return count({ ...request, span: { ...request.span, ...bound } }, prefix, before + found);
    },
  };
}

function table(request: TableRequest, prefix: string): Pending {
  const { layout, limit, after } = request;
  const wire = { kind: "table", table: tableOf(layout, prefix), limit, ...(after !== undefined && { after }) } as const;
  return {
    request: { ...wire, ...columnsOf(layout, request.columns) },
    accept(answer) {
      const { rows, more, through } = answer as WireAnswers["table"];
      if (more && rows.length === 0) return table(request, prefix);
      const next = more && through !== undefined && { next: through };
      return { rows: rows.map((row) => rowOf(layout, row)), ...next };
    },
  };
}

function spanOf({ layout, span }: WalkRequest | CountRequest, prefix: string) {
  const { index, group, from, to } = span;
  return {
    group: entryGroup(tableOf(layout, prefix), index.name, group),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
  };
}

const rowOf = (layout: Layout, [rev, text]: WireRow): StoredRecord => unpackRow(layout, text, rev);
