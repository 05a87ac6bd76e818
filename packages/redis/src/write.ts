import {
  ConflictError,
  describeKey,
  type EngineValue,
  type Expectation,
  keyOfOp,
  type Refusal,
  type WriteResult,
} from "@stowage/core/engine";
import { encodePart, type KvWrite, type Layout, LayoutChanged } from "@stowage/kv";
import { toField } from "./values.ts";

/** What names one sending of a batch, so that a second one of the same gets the first one's answer. */
export interface Sending {
  /** The process, its requests under way, and the batch. */
  readonly book: string;
  readonly slot: string;
  readonly id: string;
}

const unsigned: Sending = { book: "", slot: "", id: "" };

/** The arguments of the write script for a batch. */
export function writeArgs(batch: readonly KvWrite[], { book, slot, id }: Sending = unsigned): string[] {
  const layouts = [...new Set(batch.map(({ layout }) => layout))];
  const args = [book, slot, id, String(layouts.length)];
  for (const layout of layouts) args.push(...describe(layout));
  args.push(String(batch.length));
  for (const write of batch) pushOp(args, write, layouts.indexOf(write.layout) + 1);
  return args;
}

/** The arguments that give records, as they stand, their places and claims. */
export function indexArgs(layout: Layout, records: readonly Indexed[]): string[] {
  const args = ["", "", "", "1", ...describe(layout), String(records.length)];
  for (const { id, row } of records) {
    args.push("index", "1", id, String(row._rev), "0", "0");
    pushList(args, partsOf(layout, row, layout.keyed));
    args.push("0", "0");
  }
  return args;
}

/** A record whose places are made. */
export interface Indexed {
  readonly id: string;
  readonly row: Readonly<Record<string, EngineValue>> & { readonly _rev: number };
}

/**
 * What the write script said of a batch.
 *
 * @throws ConflictError when it was refused, LayoutChanged when a layout is out of date.
 */
export function readOutcomes(batch: readonly KvWrite[], reply: unknown): WriteResult[] {
  const words = String(reply).split(" ");
  if (words[0] === "layout") throw new LayoutChanged();
  if (words[0] === "refused") throw refusalOf(batch, words);
  return words.slice(1).map((word) => {
    const [outcome, rev] = word.split(":");
    return { outcome: outcome as WriteResult["outcome"], rev: Number(rev) };
  });
}

function refusalOf(batch: readonly KvWrite[], [, at, reason, name]: readonly string[]): ConflictError {
  const index = Number(at);
  const { op, layout } = batch[index] as KvWrite;
  const unique = layout.unique.find((candidate) => candidate.name === name)?.declared ?? name;
  return new ConflictError({
    index,
    table: op.table.name,
    key: describeKey(keyOfOp(op)),
    reason: reason as Refusal["reason"],
    ...(reason === "unique" && unique !== undefined && { unique }),
  });
}

const descriptions = new WeakMap<Layout, readonly string[]>();

/** A table as the script takes it: the version to test, then indexes and unique keys. */
function describe(layout: Layout): readonly string[] {
  let args = descriptions.get(layout) as string[] | undefined;
  if (args) return args;
  const { name } = layout.table;
  args = [name, encodePart(name), layout.version > 0 ? String(layout.version) : "", String(layout.indexes.length)];
  for (const index of layout.indexes) {
    args.push(index.name);
    pushList(args, index.eq);
    args.push(String(index.sort.length));
    pushList(args, index.order);
  }
  args.push(String(layout.unique.length));
  for (const unique of layout.unique) {
    args.push(unique.name);
    pushList(args, unique.columns);
  }
  descriptions.set(layout, args);
  return args;
}

function pushOp(args: string[], { op, layout, id }: KvWrite, table: number): void {
  const kind = op.op === "put" ? op.mode : op.op;
  const expected = op.op === "put" && op.mode === "insert" ? "absent" : op.expect;
  args.push(kind, String(table), id, expectationOf(expected));
  if (op.op === "check" || op.op === "remove") return;
  const given = (op.op === "put" ? op.row : (op.set ?? {})) as Readonly<Record<string, EngineValue>>;
  const columns = op.op === "put" ? layout.table.columnNames : Object.keys(given);
  const values: string[] = [];
  const nulls: string[] = [];
  for (const column of columns) {
    const value = given[column] ?? null;
    if (value === null) nulls.push(column);
    else values.push(column, toField(value));
  }
  pushList(args, values);
  pushList(args, nulls);
  pushList(
    args,
    partsOf(
      layout,
      given,
      layout.keyed.filter((column) => columns.includes(column)),
    ),
  );
  pushList(args, op.op === "put" ? (op.keep ?? []) : []);
  const raise = op.op === "patch" ? Object.entries(op.raise ?? {}) : [];
  pushList(
    args,
    raise.flatMap(([column, value]) => [column, String(value), layout.keyed.includes(column) ? "1" : "0"]),
  );
}

const expectationOf = (expected: Expectation | undefined): string =>
  typeof expected === "object" ? String(expected.rev) : (expected ?? "");

/** Columns and their encoded parts; an empty one for a null. */
function partsOf(layout: Layout, row: Readonly<Record<string, EngineValue>>, columns: readonly string[]): string[] {
  return columns.flatMap((column) => {
    const value = row[column] ?? null;
    return [column, value === null ? "" : encodePart(value, layout.maxPartBytes)];
  });
}

function pushList(args: string[], items: readonly string[]): void {
  args.push(String(items.length), ...items);
}
