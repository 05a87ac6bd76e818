import type { Column, EngineValue, Filter, StoredRecord } from "@stowage/core/engine";
import type { Index, KvAnswer, KvRequest, Layout, RecordsRequest, Span, WalkAnswer } from "@stowage/kv";
import { fromField, standsAlone, unpackColumns } from "./values.ts";

type Word = string | number | readonly Word[];

/** The argument of the read script for a round of requests. */
export const readArgs = (requests: readonly KvRequest[], budget: number): string[] => [
  JSON.stringify([budget, requests.map(wordsOf)]),
];

/** The fields that a record is read by: its revision, its packed columns, and those asked for that stand alone. */
export const fieldsOf = ({ layout, columns = layout.columnNames }: Pick<RecordsRequest, "layout" | "columns">) => [
  ":v",
  ":d",
  ...columns.filter((column) => standsAlone(layout, column)),
];

/** What follows the prefix in the key of a record. */
export const recordKey = ({ table }: Layout, id: string): string => `r:${table.name}:${id}`;

function wordsOf(request: KvRequest): Word {
  const { layout } = request;
  if (request.kind === "count") return ["count", placeKey(layout, request.span), ...boundsOf(request.span)];
  const head = [request.kind, layout.table.name, fieldsOf(request)];
  switch (request.kind) {
    case "records":
      return [...head, request.ids];
    case "walk": {
      const { span, direction, skip, limit, filter } = request;
      const place = [placeKey(layout, span), direction, ...boundsOf(span)];
      return [...head, ...place, skip, limit, ...idIn(layout, span.index), numberTests(layout, filter)];
    }
    case "table":
      return [...head, request.after === undefined ? "-" : `(${request.after}`, request.limit];
  }
}

/** The answer to one request. Records may be fewer than were asked for: those at the end are left for another round. */
export function readAnswer(request: KvRequest, reply: unknown): KvAnswer {
  switch (request.kind) {
    case "records": {
      const toRow = rowReader(request);
      return (reply as unknown[]).map((row) => (row === null ? undefined : toRow(row as unknown[])));
    }
    case "walk":
      return walkAnswer(reply as [unknown, unknown, unknown[][], unknown], rowReader(request));
    case "count":
      return Number(reply);
    case "table": {
      const [next, rows] = reply as [unknown, unknown[][]];
      return { rows: rows.map(rowReader(request)), ...(next !== "" && { next: String(next) }) };
    }
  }
}

/** Makes rows of what {@link fieldsOf} were read. */
export function rowReader({ layout, columns = layout.columnNames }: Pick<RecordsRequest, "layout" | "columns">) {
  const alone = columns.filter((column) => standsAlone(layout, column));
  return (fields: readonly unknown[]): StoredRecord => {
    const row: Record<string, EngineValue> = {};
    for (const column of columns) row[column] = null;
    unpackColumns(layout, String(fields[1]), row);
    for (let i = 0; i < alone.length; i++) {
      const column = alone[i] as string;
      row[column] = fromField(layout.columns[column] as Column, fields[i + 2]);
    }
    row._rev = Number(fields[0]);
    return row as StoredRecord;
  };
}

function walkAnswer(
  [mark, through, rows, looked]: [unknown, unknown, unknown[][], unknown],
  toRow: (row: readonly unknown[]) => StoredRecord,
): WalkAnswer {
  const end = through === "" ? {} : { through: String(through) };
  return { rows: rows.map(toRow), looked: Number(looked), mark: String(mark), ...end };
}

const placeKey = ({ table }: Layout, { index, group }: Span): string => `${table.name}:${index.name}:${group}`;

const boundsOf = ({ from, to }: Span): [string, string] => [
  from === undefined ? "-" : `[${from}`,
  to === undefined ? "+" : `(${to}`,
];

/** How an id is found in a place: a pattern, and the order of what it finds where that is not the id. As a rule the place ends in it. */
function idIn({ table }: Layout, { order }: Index): [pattern: string, order: number[]] {
  const before = order.length - table.key.length;
  if (table.key.every((column, at) => order[before + at] === column)) return [`^${"[^!]*!".repeat(before)}(.*)$`, []];
  return ["([^!]*!)".repeat(order.length), table.key.map((column) => order.indexOf(column) + 1)];
}

const comparisons = ["eq", "lt", "lte", "gt", "gte"];

/** Those of a filter's conditions that the script can test: comparisons of numbers that every row has to pass. */
function numberTests(
  layout: Layout,
  filter: Filter | undefined,
): [column: string, comparison: string, bound: number][] {
  if (filter?.op === "and") return filter.args.flatMap((arg) => numberTests(layout, arg));
  if (!filter || !("value" in filter) || !comparisons.includes(filter.op)) return [];
  const { op, column, value } = filter;
  const isNumber = ["integer", "timestamp", "float"].includes(layout.columns[column]?.type ?? "");
  return isNumber && Number.isFinite(value) ? [[column, op, value as number]] : [];
}
