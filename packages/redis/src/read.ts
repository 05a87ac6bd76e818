import type { Column, EngineValue, StoredRecord } from "@stowage/core/engine";
import type { KvAnswer, KvRequest, Layout, Span, WalkAnswer } from "@stowage/kv";
import { fromField } from "./values.ts";

/** The arguments of the read script for a round of requests. */
export function readArgs(requests: readonly KvRequest[], budget: number): string[] {
  const args = [String(budget), String(requests.length)];
  for (const request of requests) pushRequest(args, request);
  return args;
}

function pushRequest(args: string[], request: KvRequest): void {
  const { layout } = request;
  const { name, key } = layout.table;
  args.push(request.kind);
  switch (request.kind) {
    case "records":
      args.push(name);
      pushList(args, fieldsOf(layout, request.columns));
      pushList(args, request.ids);
      break;
    case "walk":
      args.push(name, placeKey(layout, request.span), request.direction, ...boundsOf(request.span));
      args.push(String(request.skip), String(request.limit));
      pushList(
        args,
        key.map((column) => String(request.span.index.order.indexOf(column) + 1)),
      );
      pushList(args, fieldsOf(layout, request.columns));
      break;
    case "count":
      args.push(placeKey(layout, request.span), ...boundsOf(request.span));
      break;
    case "table":
      args.push(name, request.after === undefined ? "-" : `(${request.after}`, String(request.limit));
      pushList(args, fieldsOf(layout, request.columns));
      break;
  }
}

/** The answer to one request. Records may be fewer than were asked for: those at the end are left for another round. */
export function readAnswer(request: KvRequest, reply: unknown): KvAnswer {
  const toRow = rowReader(request.layout, "columns" in request ? request.columns : undefined);
  switch (request.kind) {
    case "records":
      return (reply as unknown[]).map((row) => (row === null ? undefined : toRow(row as unknown[])));
    case "walk":
      return walkAnswer(reply as [unknown, unknown, unknown[][]], toRow);
    case "count":
      return Number(reply);
    case "table": {
      const [next, rows] = reply as [unknown, unknown[][]];
      return { rows: rows.map(toRow), ...(next !== "" && { next: String(next) }) };
    }
  }
}

function walkAnswer(
  [mark, through, rows]: [unknown, unknown, unknown[][]],
  toRow: (row: readonly unknown[]) => StoredRecord,
): WalkAnswer {
  return { rows: rows.map(toRow), mark: String(mark), ...(through !== "" && { through: String(through) }) };
}

const fieldsOf = (layout: Layout, columns: readonly string[] = layout.columnNames): string[] => [":v", ...columns];

const placeKey = ({ table }: Layout, { index, group }: Span): string => `${table.name}:${index.name}:${group}`;

const boundsOf = ({ from, to }: Span): [string, string] => [
  from === undefined ? "-" : `[${from}`,
  to === undefined ? "+" : `(${to}`,
];

function rowReader(layout: Layout, columns: readonly string[] = layout.columnNames) {
  const types = columns.map((column) => layout.columns[column] as Column);
  return (fields: readonly unknown[]): StoredRecord => {
    const row: Record<string, EngineValue> = { _rev: Number(fields[0]) };
    for (let i = 0; i < columns.length; i++) row[columns[i] as string] = fromField(types[i] as Column, fields[i + 1]);
    return row as StoredRecord;
  };
}

function pushList(args: string[], items: readonly string[]): void {
  args.push(String(items.length), ...items);
}
