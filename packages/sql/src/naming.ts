import type { AccessPath, Table, UniqueKey } from "@stowage/core/engine";

/** What the names of tables, indexes and helpers of one store begin with. */
export const prefixPattern = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;

/** An index as the database should have it. */
export interface IndexPlan {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Columns that are null in the rows left out. */
  readonly sparse: readonly string[];
  readonly onDemand: boolean;
}

/** The names of one table, its indexes and what serves each path. */
export interface TableNames {
  readonly table: string;
  readonly indexes: readonly IndexPlan[];
  /** The index of each path; `undefined` where the primary key serves it. */
  readonly pathIndex: ReadonlyMap<string, IndexPlan | undefined>;
}

/** Default indexes are named `[prefix_]<table>_<equality columns>_<sort columns>_idx`, unique ones end in `_key`. */
export function namesOf(table: Table, prefix: string, fit: (name: string) => string = asItIs): TableNames {
  const name = fit(prefix + table.name);
  const indexes = new Map<string, IndexPlan>();
  const pathIndex = new Map<string, IndexPlan | undefined>();
  const add = (given: IndexPlan): IndexPlan => {
    const plan = { ...given, name: fit(given.name) };
    const same = indexes.get(plan.name);
    if (!same) indexes.set(plan.name, plan);
    else if (!equalLists(same.columns, plan.columns))
      return add({ ...given, name: `${given.name}_${hash(plan.columns)}` });
    else if (same.onDemand && !plan.onDemand) indexes.set(plan.name, plan);
    return plan;
  };
  for (const unique of table.unique) add(uniqueIndex(prefix + table.name, unique));
  for (const path of Object.values(table.paths)) {
    const plan = pathPlan(table, prefix + table.name, path);
    pathIndex.set(path.name, plan && add(plan));
  }
  return { table: name, indexes: [...indexes.values()], pathIndex };
}

function uniqueIndex(name: string, { columns }: UniqueKey): IndexPlan {
  return { name: lower([name, ...columns, "key"]), columns, unique: true, sparse: [], onDemand: false };
}

/** Equality columns, then the rest of the order. Nothing when these are the primary key, which has an index already. */
function pathPlan(table: Table, name: string, path: AccessPath): IndexPlan | undefined {
  const columns = [...path.eq, ...path.order.filter((column) => !path.eq.includes(column))];
  if (equalLists(columns, table.key)) return undefined;
  const sparse = [...new Set([...path.eq, ...path.sort])].filter((column) => table.columns[column]?.isNullable);
  return {
    name: lower([name, ...path.eq, ...path.sort, "idx"]),
    columns,
    unique: false,
    sparse,
    onDemand: path.onDemand,
  };
}

/** A name of more bytes than the database keeps is cut and ends in a hash of the whole, so that two long names stay two. */
export function fitName(name: string, longest: number): string {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(name);
  if (bytes.length <= longest) return name;
  let state = 0xcbf29ce484222325n;
  for (const byte of bytes) state = BigInt.asUintN(64, (state ^ BigInt(byte)) * 0x100000001b3n);
  const tail = `_${state.toString(36).padStart(13, "0")}`;
  let head = name;
  while (encoder.encode(head).length > longest - tail.length) head = head.slice(0, -1);
  return head.toWellFormed() + tail;
}

const asItIs = (name: string) => name;
const lower = (parts: readonly string[]) => parts.join("_").toLowerCase();
const equalLists = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((x, i) => x === b[i]);

function hash(columns: readonly string[]): string {
  let state = 5381;
  for (const character of columns.join(",")) state = (Math.imul(state, 33) ^ character.charCodeAt(0)) >>> 0;
  return state.toString(36);
}
