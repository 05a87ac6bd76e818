import { ConflictError } from "../../errors.ts";
import type { StoredRecord } from "../apply.ts";
import type { EngineValue } from "../column.ts";
import { compareTuples } from "../compare.ts";
import { decodeCursor } from "../cursor.ts";
import { compileFilter } from "../evaluate.ts";
import { describeKey, encodeTuple } from "../keys.ts";
import type { Find, Key, Walk } from "../operations.ts";
import { type AccessPath, keyOf, pathOf, type Table } from "../table.ts";
import { OrderedIndex } from "./ordered-index.ts";

/** A record's place in one path. */
interface Entry {
  readonly order: readonly EngineValue[];
  readonly row: StoredRecord;
}

/** The rows of one table with its paths and unique keys. Rows are never changed in place, so they can be handed out shallowly. */
export class MemoryTable {
  readonly table: Table;
  private readonly known = new WeakSet<Table>();
  private readonly rows = new Map<string, StoredRecord>();
  private readonly paths = new Map<string, Map<string, OrderedIndex<Entry>>>();
  private readonly unique = new Map<string, Map<string, string>>();

  constructor(table: Table) {
    this.table = table;
    for (const name of Object.keys(table.paths)) this.paths.set(name, new Map());
    for (const { name } of table.unique) this.unique.set(name, new Map());
  }

  /** Whether this declaration has nothing that the table lacks. */
  knows(table: Table): boolean {
    if (table === this.table || this.known.has(table)) return true;
    const has = (name: string) => Object.hasOwn(this.table.columns, name);
    const hasUnique = (name: string) => this.table.unique.some((unique) => unique.name === name);
    const isKnown =
      table.columnNames.every(has) &&
      Object.keys(table.paths).every((name) => Object.hasOwn(this.table.paths, name)) &&
      table.unique.every(({ name }) => hasUnique(name));
    if (isKnown) this.known.add(table);
    return isKnown;
  }

  /** The table with what a newer declaration adds; rows lack the new values. */
  grownBy(table: Table): MemoryTable {
    const columns = { ...this.table.columns, ...table.columns };
    const unique = [
      ...table.unique,
      ...this.table.unique.filter(({ name }) => !table.unique.some((u) => u.name === name)),
    ];
    const paths = { ...this.table.paths, ...table.paths };
    const grown = new MemoryTable({ ...table, columns, columnNames: Object.keys(columns), unique, paths });
    const added = Object.fromEntries(grown.columnsUnknownTo(this.table).map((column) => [column, null]));
    for (const row of this.rows.values()) grown.replace(keyOf(table, row), { ...row, ...added } as StoredRecord, 0);
    return grown;
  }

  /** The columns that a reader with this declaration gets; `undefined` for all there are. */
  columnsFor(table: Table): readonly string[] | undefined {
    return table.columnNames.length === this.table.columnNames.length ? undefined : table.columnNames;
  }

  /** A row by this declaration, with what it does not know: as it was, or null. */
  complete(table: Table, row: Readonly<Record<string, EngineValue>>, previous: StoredRecord | undefined) {
    const unknown = this.columnsUnknownTo(table);
    if (unknown.length === 0) return row;
    return { ...row, ...Object.fromEntries(unknown.map((column) => [column, previous?.[column] ?? null])) };
  }

  private columnsUnknownTo(table: Table): readonly string[] {
    if (table.columnNames.length === this.table.columnNames.length) return [];
    return this.table.columnNames.filter((name) => !Object.hasOwn(table.columns, name));
  }

  get size(): number {
    return this.rows.size;
  }

  find(key: Key): StoredRecord | undefined {
    return this.rows.get(encodeTuple(key));
  }

  /**
   * Puts `next` in the place of whatever has its key, or removes what has `key` when there is no `next`.
   *
   * @throws ConflictError when a unique key is taken; nothing has changed then.
   */
  replace(key: Key, next: StoredRecord | undefined, index: number): void {
    const id = encodeTuple(key);
    const previous = this.rows.get(id);
    if (next) this.checkUnique(id, next, index);
    if (previous) this.unlink(id, previous);
    if (next) {
      this.rows.set(id, next);
      this.link(id, next);
    } else this.rows.delete(id);
  }

  /** Every row that a filter lets through, in any order. */
  *all({ filter }: Pick<Walk, "filter">): Generator<StoredRecord> {
    const test = filter && compileFilter(this.table, filter);
    for (const row of this.rows.values()) if (!test || test(row)) yield row;
  }

  /** The entries of a walk in its order, cursor included, filter and limits apart. */
  *entries(walk: Walk | Find): Generator<StoredRecord> {
    const descending = "direction" in walk && walk.direction === "desc";
    const path = pathOf(this.table, walk.path);
    const after = "cursor" in walk && walk.cursor !== undefined ? decodeCursor(walk as Find) : undefined;
    const walks: Iterator<Entry>[] = [];
    for (const group of this.groups(path, walk)) {
      const [from, to] = span(group, walk, after, descending);
      walks.push(group.walk(from, to, descending));
    }
    for (const entry of merge(walks, descending)) yield entry.row;
  }

  /** The number of entries of a walk without looking at them. */
  count(walk: Walk): number {
    let total = 0;
    for (const group of this.groups(pathOf(this.table, walk.path), walk)) {
      const [from, to] = span(group, walk, undefined, false);
      total += Math.max(0, to - from);
    }
    return total;
  }

  private *groups(path: AccessPath, { eq = {} }: Walk): Generator<OrderedIndex<Entry>> {
    const index = this.paths.get(path.name);
    const seen = new Set<string>();
    for (const values of combinations(path.eq.map((column) => eq[column]))) {
      const id = encodeTuple(values);
      const group = index?.get(id);
      if (group && !seen.has(id)) yield group;
      seen.add(id);
    }
  }

  private link(id: string, row: StoredRecord): void {
    for (const path of Object.values(this.table.paths)) {
      const place = placeOf(path, row);
      if (!place) continue;
      const groups = this.paths.get(path.name) as Map<string, OrderedIndex<Entry>>;
      let group = groups.get(place.group);
      if (!group) groups.set(place.group, (group = new OrderedIndex((a, b) => compareTuples(a.order, b.order))));
      group.add({ order: place.order, row });
    }
    for (const { name, columns } of this.table.unique) {
      const value = uniqueValue(columns, row);
      if (value !== undefined) this.unique.get(name)?.set(value, id);
    }
  }

  private unlink(id: string, row: StoredRecord): void {
    for (const path of Object.values(this.table.paths)) {
      const place = placeOf(path, row);
      if (!place) continue;
      const groups = this.paths.get(path.name);
      const group = groups?.get(place.group);
      group?.remove({ order: place.order, row });
      if (group?.size === 0) groups?.delete(place.group);
    }
    for (const { name, columns } of this.table.unique) {
      const value = uniqueValue(columns, row);
      if (value !== undefined && this.unique.get(name)?.get(value) === id) this.unique.get(name)?.delete(value);
    }
  }

  private checkUnique(id: string, row: StoredRecord, index: number): void {
    for (const { name, columns } of this.table.unique) {
      const value = uniqueValue(columns, row);
      const holder = value === undefined ? undefined : this.unique.get(name)?.get(value);
      if (holder !== undefined && holder !== id) {
        const key = describeKey(keyOf(this.table, row));
        throw new ConflictError({ index, table: this.table.name, key, reason: "unique", unique: name });
      }
    }
  }
}

function placeOf(path: AccessPath, row: StoredRecord): { group: string; order: EngineValue[] } | undefined {
  if (path.sparse && [...path.eq, ...path.sort].some((column) => row[column] === null)) return undefined;
  return {
    group: encodeTuple(path.eq.map((column) => row[column] as EngineValue)),
    order: path.order.map((column) => row[column] as EngineValue),
  };
}

function uniqueValue(columns: readonly string[], row: StoredRecord): string | undefined {
  const values = columns.map((column) => row[column] as EngineValue);
  return values.includes(null) ? undefined : encodeTuple(values);
}

/** Every choice of one value per column; a list stands for any of its values. */
function combinations(columns: readonly (EngineValue | readonly EngineValue[] | undefined)[]): EngineValue[][] {
  let result: EngineValue[][] = [[]];
  for (const values of columns) {
    const list = Array.isArray(values) ? values : [values as EngineValue];
    result = result.flatMap((head) => list.map((value) => [...head, value]));
  }
  return result;
}

/** The ranks between which a walk moves, its range and cursor taken into account. */
function span(
  group: OrderedIndex<Entry>,
  { range }: Walk,
  after: readonly EngineValue[] | undefined,
  descending: boolean,
): [from: number, to: number] {
  const before = (at: readonly EngineValue[]) => group.rank((entry) => compareTuples(entry.order, at));
  const beyond = (at: readonly EngineValue[]) => group.rank((entry) => (compareTuples(entry.order, at) <= 0 ? -1 : 1));
  let from = 0;
  let to = group.size;
  if (range?.lower) from = range.lower.inclusive ? before(range.lower.at) : beyond(range.lower.at);
  if (range?.upper) to = range.upper.inclusive ? beyond(range.upper.at) : before(range.upper.at);
  if (after && descending) to = Math.min(to, before(after));
  else if (after) from = Math.max(from, beyond(after));
  return [from, to];
}

function* merge(walks: readonly Iterator<Entry>[], descending: boolean): Generator<Entry> {
  if (walks.length === 1) {
    for (let step = walks[0]?.next(); step && !step.done; step = walks[0]?.next()) yield step.value;
    return;
  }
  const heads = walks.map((walk) => ({ walk, step: walk.next() })).filter(({ step }) => !step.done);
  while (heads.length > 0) {
    let best = 0;
    for (let i = 1; i < heads.length; i++) {
      const order = compareTuples(heads[i]?.step.value.order, heads[best]?.step.value.order);
      if (descending ? order > 0 : order < 0) best = i;
    }
    const head = heads[best] as (typeof heads)[number];
    yield head.step.value;
    head.step = head.walk.next();
    if (head.step.done) heads.splice(best, 1);
  }
}
