import type { EngineValue, Expectation, WriteOp } from "@stowage/core/engine";
import { encodePart, type KvWrite, type Layout } from "@stowage/kv";
import { packColumns, standsAlone, toField } from "./values.ts";

type Row = Readonly<Record<string, EngineValue>>;
type Part = string | number | readonly Part[];

/** What names one sending of a batch, so that a second one of the same gets the first one's answer. */
export interface Sending {
  /** The process, its requests under way, and the batch. */
  readonly book: string;
  readonly slot: string;
  readonly id: string;
}

/** The arguments of the write script for a batch. */
export function writeArgs(batch: readonly KvWrite[], sending?: Sending): string[] {
  const args = new WriteArgs(batch.map(({ layout }) => layout));
  for (const write of batch) args.add(write);
  return args.list(sending);
}

/** The arguments that give records, as they stand, their places and claims. */
export function indexArgs(layout: Layout, records: readonly Indexed[]): string[] {
  const args = new WriteArgs([layout]);
  for (const record of records) args.index(layout, record);
  return args.list();
}

/** A record whose places are made. */
export interface Indexed {
  readonly id: string;
  readonly row: Readonly<Record<string, EngineValue>> & { readonly _rev: number };
}

/** The arguments of the write script, put together op by op: what to do, the layouts, and the values. */
class WriteArgs {
  private readonly layouts: readonly Layout[];
  private readonly groups = new Map<string, number>();
  private readonly ops: Part[] = [];
  private readonly values: string[] = [];
  /** Those with records that may stand and move. */
  private readonly moving = new Set<Layout>();

  constructor(layouts: readonly Layout[]) {
    this.layouts = [...new Set(layouts)];
  }

  add({ op, layout, id }: KvWrite): void {
    const table = this.layouts.indexOf(layout) + 1;
    if (mayMove(op)) this.moving.add(layout);
    switch (op.op) {
      case "check":
      case "remove":
        this.ops.push([op.op, table, id, expectationOf(op.expect)]);
        break;
      case "put": {
        const expected = op.mode === "insert" ? "absent" : expectationOf(op.expect);
        const row = op.row as Row;
        const values = this.take(layout, row, layout.table.columnNames);
        const places = this.placesOf(layout, row, declaredKeyed(layout));
        this.ops.push([op.mode, table, id, expected, ...values, ...places, op.keep ?? []]);
        break;
      }
      case "patch": {
        const set = (op.set ?? {}) as Row;
        const columns = Object.keys(set);
        const values = this.take(layout, set, columns);
        const cleared = columns.filter((column) => set[column] === null && !standsAlone(layout, column));
        const parts = layout.keyed.flatMap((column) =>
          columns.includes(column) ? [column, partOf(layout, set[column])] : [],
        );
        const raise = Object.entries(op.raise ?? {}).flatMap(([column, value]) => [
          column,
          String(value),
          layout.keyed.includes(column) ? "1" : "0",
        ]);
        this.ops.push(["patch", table, id, expectationOf(op.expect), ...values, parts, raise, cleared]);
      }
    }
  }

  /** The places and claims of a record, as long as it stands as it was read. */
  index(layout: Layout, { id, row }: Indexed): void {
    const places = this.placesOf(layout, row, layout.keyed);
    this.moving.add(layout);
    this.ops.push(["index", this.layouts.indexOf(layout) + 1, id, String(row._rev), 0, -1, [], ...places, []]);
  }

  list({ book, slot, id }: Sending = { book: "", slot: "", id: "" }): string[] {
    const tables = this.layouts.map(({ table, version }) => [
      table.name,
      encodePart(table.name),
      version > 0 ? String(version) : "",
    ]);
    const head = JSON.stringify([`${book}:${slot}`, id, tables, [...this.groups.keys()], this.ops]);
    const descriptions = this.layouts.map((layout) => (this.moving.has(layout) ? describe(layout) : ""));
    return [head, ...descriptions, ...this.values];
  }

  /**
   * Takes values as the hash of a record has them: where the packed ones stand among the arguments, where the last of the
   * fields stands that follow, and which of these are null.
   */
  private take(layout: Layout, row: Row, columns: readonly string[]): [packed: number, last: number, nulls: string[]] {
    const before = 1 + this.layouts.length + this.values.length;
    const nulls: string[] = [];
    this.values.push(packColumns(layout, row, columns));
    for (const column of columns) {
      if (!standsAlone(layout, column)) continue;
      const value = row[column] ?? null;
      if (value === null) nulls.push(column);
      else this.values.push(column, toField(value));
    }
    return [before + 1, 1 + this.layouts.length + this.values.length, nulls];
  }

  /** The parts of these columns as one text, the places in all indexes, and the claims. */
  private placesOf(layout: Layout, row: Row, columns: readonly string[]): [text: string, places: Part, claims: Part] {
    const parts = new Map<string, string>();
    let text = "";
    for (const column of columns) {
      const part = partOf(layout, row[column]);
      if (part === "") continue;
      parts.set(column, part);
      text += `${column}=${part}`;
    }
    const places = layout.indexes.flatMap(({ name, eq, order }) => {
      const group = join(parts, eq);
      const place = group === undefined ? undefined : join(parts, order);
      return place === undefined ? [] : [this.numberOf(`${layout.table.name}:${name}:${group}`), place];
    });
    const claims = layout.unique.flatMap((unique) => {
      const value = join(parts, unique.columns);
      return value === undefined ? [] : [unique.name, value];
    });
    return [text, places, claims];
  }

  private numberOf(group: string): number {
    const known = this.groups.get(group);
    if (known !== undefined) return known;
    this.groups.set(group, this.groups.size + 1);
    return this.groups.size;
  }
}

/** Whether an operation may find a record and change where it stands. */
const mayMove = (op: WriteOp): boolean =>
  op.op === "put" ? op.mode === "upsert" && op.expect !== "absent" : op.op !== "check";

/** The encoded parts one after another; `undefined` where one of them is null. */
function join(parts: ReadonlyMap<string, string>, columns: readonly string[]): string | undefined {
  let result = "";
  for (const column of columns) {
    const part = parts.get(column);
    if (part === undefined) return undefined;
    result += part;
  }
  return result;
}

/** A value as a part of keys; empty for a null. */
const partOf = (layout: Layout, value: EngineValue | undefined): string =>
  (value ?? null) === null ? "" : encodePart(value as EngineValue, layout.maxPartBytes);

const expectationOf = (expected: Expectation | undefined): string =>
  typeof expected === "object" ? String(expected.rev) : (expected ?? "");

/** The columns in keys and indexes that the caller's declaration knows. */
const declaredKeyed = ({ keyed, table }: Layout): readonly string[] =>
  keyed.filter((column) => Object.hasOwn(table.columns, column));

const descriptions = new WeakMap<Layout, string>();

/** A table as the script takes it where a record moves: indexes and unique keys. */
function describe(layout: Layout): string {
  const known = descriptions.get(layout);
  if (known !== undefined) return known;
  const description = JSON.stringify({
    indexes: layout.indexes.map(({ name, eq, order }) => ({ name, eq, order })),
    unique: layout.unique.map(({ name, columns }) => ({ name, columns })),
    keyed: layout.keyed,
    declared: declaredKeyed(layout),
  });
  descriptions.set(layout, description);
  return description;
}
