import {
  type AccessPath,
  type Bound,
  compareTuples,
  compileFilter,
  type Direction,
  type EngineValue,
  encodeTuple,
  type Filter,
  type Walk,
} from "@stowage/core/engine";
import type { SqlValue, Statement } from "../connection.ts";
import type { WalkShape } from "../dialect.ts";
import { TableMapping } from "../mapping.ts";
import { planFilter } from "./filter.ts";

interface SelectOptions {
  readonly after?: readonly EngineValue[];
  readonly limit?: SqlValue;
  readonly offset?: number;
  /** Any order will do. */
  readonly unordered?: boolean;
  /** Not divided among processes of the server, where the dialect knows how. */
  readonly byOneProcess?: boolean;
  /** Columns as they are stored, for statements that compare them with others. */
  readonly asStored?: boolean;
}

/** A walk made ready for statements: one branch for each choice of equality values, bounds, and the filter split in two. */
export class WalkPlan {
  readonly mapping: TableMapping;
  readonly path: AccessPath;
  readonly descending: boolean;
  /** Equality values of each branch, in path order. No branch: the walk has no rows. */
  readonly branches: readonly (readonly EngineValue[])[];
  readonly residual: Filter | undefined;
  private readonly lower: Bound | undefined;
  private readonly upper: Bound | undefined;
  private readonly condition: string;
  private readonly conditionArgs: readonly SqlValue[];

  constructor(
    mapping: TableMapping,
    walk: Omit<Walk, "path">,
    options: { path: AccessPath; direction?: Direction; nativeFilter: boolean },
  ) {
    this.mapping = mapping;
    this.path = options.path;
    this.descending = options.direction === "desc";
    this.lower = walk.range?.lower;
    this.upper = walk.range?.upper;
    const { condition, residual, never } = planFilter(mapping, walk.filter, options.nativeFilter);
    this.residual = residual;
    this.condition = condition ? ` AND ${condition.sql}` : "";
    this.conditionArgs = condition?.args ?? [];
    const empty = never || [this.lower, this.upper].some((bound) => bound?.at.length === 0 && !bound.inclusive);
    this.branches = empty ? [] : branchesOf(this.path, walk);
  }

  /** Most branches that one statement may join. */
  private get branchesInOne(): number {
    const { maxCompound, maxParameters } = this.mapping.dialect;
    const longest = this.path.eq.length + 2 * this.path.order.length + this.conditionArgs.length;
    // A limit and an offset come with them.
    return Math.max(1, Math.min(maxCompound, Math.floor((maxParameters - 2) / Math.max(1, longest))));
  }

  /** Whether one statement takes the whole walk. */
  get isOneStatement(): boolean {
    return this.branches.length <= this.branchesInOne;
  }

  /** The test of the residual filter. */
  get test(): ((row: Readonly<Record<string, unknown>>) => boolean) | undefined {
    return this.residual && compileFilter(this.mapping.table, this.residual);
  }

  /**
   * The SELECTs of the walk's branches, merged in path order when there are several; as many statements as the database's
   * bound on joined SELECTs asks for. `after`: a position in path order to go on strictly behind, in walk direction.
   */
  select(columns: readonly string[], options: SelectOptions = {}): Statement[] {
    if (this.branches.length === 0) return [];
    const { lower, upper } = this.bounds(options.after);
    const own = this.mapping.dialect.walk?.(this.described(columns, lower, upper, options));
    if (own) return [own];
    const groups = chunk(this.branches, this.branchesInOne);
    const paged = `${options.limit === undefined ? "" : "L"}${options.offset ? "O" : ""}${options.unordered ? "U" : ""}${options.byOneProcess ? "P" : ""}`;
    return groups.map((branches) => {
      const shape = `${this.shape(lower, upper)}|${branches.length}|${paged}|${columns.join()}`;
      const sql = this.mapping.statement(shape, () => this.text(columns, branches.length, lower, upper, options));
      const args: SqlValue[] = [];
      const most = this.mostOfBranch(branches.length, options);
      for (const branch of branches) {
        this.bind(args, branch, lower, upper);
        if (most !== undefined) args.push(most);
      }
      if (options.limit !== undefined) args.push(options.limit);
      if (options.offset) args.push(options.offset);
      return { sql, args };
    });
  }

  /** The rows that each of several branches may give, where the database wants to be told. */
  private mostOfBranch(branches: number, { limit, offset = 0 }: { limit?: SqlValue; offset?: number }) {
    if (branches < 2 || !this.mapping.dialect.limitsBranches) return undefined;
    return typeof limit === "number" ? limit + offset : limit;
  }

  /** The columns of the path's order, quoted. */
  get order(): readonly string[] {
    return this.path.order.map((name) => this.mapping.column(name).quoted);
  }

  /** The walk for a dialect that writes its own statements. */
  private described(
    columns: readonly string[],
    lower: Bound | undefined,
    upper: Bound | undefined,
    { limit, offset = 0, unordered = false, asStored = false }: SelectOptions,
  ): WalkShape {
    const { mapping, path } = this;
    const column = (name: string) => mapping.column(name);
    const edge = (bound: Bound | undefined) =>
      bound?.at.length
        ? {
            inclusive: bound.inclusive,
            at: bound.at.map((value, part) => mapping.stored(column(path.order[part] as string), value)),
          }
        : undefined;
    const [from, to] = [edge(lower), edge(upper)];
    return {
      table: mapping.quoted,
      columns: columns.map((text) => mapping.quotedColumn(text)),
      asStored,
      eq: path.eq.map(column),
      branches: this.branches.map((branch) =>
        branch.map((value, part) => mapping.compared(column(path.eq[part] as string), value)),
      ),
      order: path.order.map(column),
      descending: this.descending,
      unordered,
      notNull: (mapping.indexOf(path)?.sparse ?? []).map((name) => column(name).quoted),
      ...(from && { lower: from }),
      ...(to && { upper: to }),
      ...(this.condition && {
        condition: { sql: this.condition.slice(" AND ".length), args: this.conditionArgs, exact: true },
      }),
      ...(limit !== undefined && { limit }),
      offset,
    };
  }

  private shape(lower: Bound | undefined, upper: Bound | undefined): string {
    const edge = (bound: Bound | undefined) => (bound ? `${bound.at.length}${bound.inclusive ? "i" : "x"}` : "");
    return `walk/${this.path.name}|${this.descending ? "d" : "a"}|${edge(lower)}|${edge(upper)}|${this.condition}`;
  }

  private text(
    columns: readonly string[],
    branches: number,
    lower: Bound | undefined,
    upper: Bound | undefined,
    options: SelectOptions,
  ): string {
    const { mapping, path } = this;
    const index = mapping.indexOf(path);
    const from = `${mapping.quoted}${index ? mapping.dialect.useIndex(index.name) : (mapping.dialect.usePrimaryKey ?? "")}`;
    const conditions = path.eq.map((name) => `${mapping.column(name).quoted} = ?`);
    // What a partial index leaves out has to be left out by the condition too, or the index may not be used.
    for (const name of index?.sparse ?? []) {
      if (!path.eq.includes(name)) conditions.push(`${mapping.column(name).quoted} IS NOT NULL`);
    }
    if (lower?.at.length) conditions.push(this.edge(lower, lower.inclusive ? ">=" : ">"));
    if (upper?.at.length) conditions.push(this.edge(upper, upper.inclusive ? "<=" : "<"));
    if (options.byOneProcess && mapping.dialect.byOneProcess) conditions.push(mapping.dialect.byOneProcess);
    const where = `${conditions.length > 0 ? conditions.join(" AND ") : "1 = 1"}${this.condition}`;
    const order = options.unordered ? "" : this.orderBy(path.order);
    // Columns of one value each say nothing about the order, and a planner need not see that.
    const within = options.unordered ? "" : this.orderBy(path.order.filter((name) => !path.eq.includes(name)));
    // Selects that are joined can be put in order by what they give only.
    const more = branches > 1 && order ? this.order.filter((name) => !columns.includes(name)) : [];
    const plain = `SELECT ${[...columns, ...more].join(", ")} FROM ${from} WHERE ${where}`;
    const most = this.mostOfBranch(branches, options) === undefined ? "" : " LIMIT ?";
    const branch =
      branches > 1 && (most || (order && mapping.dialect.ordersBranches)) ? `(${plain}${within}${most})` : plain;
    const union = Array.from({ length: branches }, () => branch).join(" UNION ALL ");
    return `${union}${branches > 1 ? order : within}${options.limit === undefined ? "" : " LIMIT ?"}${options.offset ? " OFFSET ?" : ""}`;
  }

  private orderBy(names: readonly string[]): string {
    const direction = this.descending ? " DESC" : "";
    const list = names.map((name) => `${this.mapping.column(name).quoted}${direction}`);
    return list.length === 0 ? "" : ` ORDER BY ${list.join(", ")}`;
  }

  private edge(bound: Bound, operator: string): string {
    const columns = this.path.order.slice(0, bound.at.length).map((name) => this.mapping.column(name).quoted);
    if (columns.length === 1) return `${columns[0]} ${operator} ?`;
    if (this.mapping.dialect.spellsOutTuples) return spelledOut(columns, operator);
    return `(${columns.join(", ")}) ${operator} (${columns.map(() => "?").join(", ")})`;
  }

  private bind(
    args: SqlValue[],
    branch: readonly EngineValue[],
    lower: Bound | undefined,
    upper: Bound | undefined,
  ): void {
    const { mapping, path } = this;
    path.eq.forEach((name, part) => {
      args.push(mapping.compared(mapping.column(name), branch[part] as EngineValue));
    });
    for (const bound of [lower, upper]) {
      const values = bound?.at.map((value, part) => mapping.stored(mapping.column(path.order[part] as string), value));
      if (values) args.push(...(mapping.dialect.spellsOutTuples ? values.flatMap(twiceButLast) : values));
    }
    args.push(...this.conditionArgs);
  }

  /** The bounds with the position to go on from: the tighter one counts, so that the index is entered at one place. */
  private bounds(after: readonly EngineValue[] | undefined): { lower?: Bound; upper?: Bound } {
    const { lower, upper } = this;
    const start = after && { at: after, inclusive: false };
    return this.descending
      ? { ...(lower && { lower }), ...tighter("upper", upper, start, -1) }
      : { ...tighter("lower", lower, start, 1), ...(upper && { upper }) };
  }
}

/** A comparison of tuples, each value but the last one needed twice: first as a bound, then for the rows equal so far. */
function spelledOut([column = "", ...rest]: readonly string[], operator: string): string {
  if (rest.length === 0) return `${column} ${operator} ?`;
  return `(${column} ${operator.slice(0, 1)} ? OR (${column} = ? AND ${spelledOut(rest, operator)}))`;
}

const twiceButLast = (value: SqlValue, at: number, all: readonly SqlValue[]): SqlValue[] =>
  at + 1 < all.length ? [value, value] : [value];

/** Of two bounds on one side the one that leaves fewer rows. `sign`: 1 for lower bounds, -1 for upper ones. */
function tighter(
  side: "lower" | "upper",
  a: Bound | undefined,
  b: Bound | undefined,
  sign: 1 | -1,
): { [side]?: Bound } {
  if (!a || !b) return a || b ? { [side]: a ?? b } : {};
  const order = compareTuples(a.at, b.at) * sign;
  // Equal as far as the shorter one goes: `b` is a whole position inside what `a` begins, unless `a` ends before all of it.
  return { [side]: order > 0 || (order === 0 && !a.inclusive) ? a : b };
}

/** Every choice of one value per equality column, each once; choices that no stored row can have are left out. */
function branchesOf(path: AccessPath, { eq = {} }: Omit<Walk, "path">): EngineValue[][] {
  let branches: EngineValue[][] = [[]];
  for (const name of path.eq) {
    const given = eq[name] ?? null;
    const values = (Array.isArray(given) ? given : [given]) as readonly EngineValue[];
    const known = values.filter((value) => value !== null && TableMapping.canMatch(value));
    branches = branches.flatMap((head) => known.map((value) => [...head, value]));
  }
  if (branches.length < 2) return branches;
  return [...new Map(branches.map((branch) => [encodeTuple(branch), branch])).values()];
}

function chunk<Item>(items: readonly Item[], size: number): (readonly Item[])[] {
  if (items.length <= size) return items.length === 0 ? [] : [items];
  return Array.from({ length: Math.ceil(items.length / size) }, (_, part) =>
    items.slice(part * size, (part + 1) * size),
  );
}
