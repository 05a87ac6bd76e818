import {
  type AccessPath,
  compileFilter,
  decodeCursor,
  type EngineValue,
  type Find,
  filterColumns,
  pathOf,
  type Walk,
} from "@stowage/core/engine";
import { type MappedColumn, pathId, quoteText, type TableMapping } from "../mapping.ts";
import type { Parameters } from "../parameters.ts";
import { splitFilter } from "./filter.ts";
import type { Reader } from "./reader.ts";

/** Which entries of a path are asked for: the first so many that are read, and of these the newest of the first places. */
export interface EntryLimit {
  readonly read: number;
  readonly places: number;
}

/**
 * A walk as SQL. Rows come from the table itself, merged by `FINAL`. Where the path has entries of its own, these say
 * which rows to look at: an entry counts only while the row still has the revision it was made for.
 */
export class WalkPlan {
  readonly conditions: readonly string[];
  /** Decides on a row what the database could not. */
  readonly test: ((row: Readonly<Record<string, unknown>>) => boolean) | undefined;
  readonly residualColumns: readonly string[];
  /** True when no row can match. */
  readonly isEmpty: boolean;
  /** Whether the entries of the path are looked at: it has some, and the table is not small. */
  readonly usesEntries: boolean;
  /** Whether rows have to meet more than being on the path and in its range. */
  readonly isFiltered: boolean;
  /** Whether the entries of a walk are likely to be a small part of the table. */
  readonly isSelective: boolean;
  private readonly isBounded: boolean;
  private readonly entryConditions: readonly string[];
  private readonly oneGroup: boolean;
  private readonly mapping: TableMapping;
  private readonly path: AccessPath;
  private readonly descending: boolean;

  constructor(mapping: TableMapping, walk: Walk | Find, parameters: Parameters, reader: Reader) {
    const { native } = reader;
    this.mapping = mapping;
    this.path = pathOf(mapping.table, walk.path);
    this.descending = "direction" in walk && walk.direction === "desc";
    const { path } = this;
    const groups = path.eq.map((column): readonly EngineValue[] => {
      const value = walk.eq?.[column] as EngineValue | readonly EngineValue[];
      return Array.isArray(value) ? [...new Set(value)].filter((each) => each !== null) : [value as EngineValue];
    });
    this.isEmpty = groups.some((values) => values.length === 0);
    this.usesEntries = mapping.hasEntries(path) && !reader.isSmall(mapping);
    this.isSelective = path.eq.length > 0;
    this.oneGroup = groups.every((values) => values.length === 1);

    const order = path.order.map((column) => mapping.column(column));
    const conditions: string[] = [...reader.expiry(mapping)];
    for (const [index, name] of path.eq.entries()) {
      const column = mapping.column(name);
      const values = groups[index] as readonly EngineValue[];
      if (this.isEmpty) break;
      conditions.push(
        values.length === 1
          ? `${column.quoted} = ${parameters.value(column, values[0] as EngineValue)}`
          : `${column.quoted} IN ${parameters.list(column, values)}`,
      );
    }
    for (const name of new Set([...path.eq, ...path.sort])) {
      const { nullable, quoted } = mapping.column(name);
      if (nullable) conditions.push(`isNotNull(${quoted})`);
    }
    const bounds = boundsOf(walk, this.descending);
    this.isBounded = this.isSelective || bounds.length > 0;
    for (const { operator, at } of bounds) {
      const columns = order.slice(0, at.length);
      const values = columns.map((column, index) => parameters.value(column, at[index] as EngineValue));
      const operands = columns.map(({ operand }) => operand);
      conditions.push(
        columns.length === 1
          ? `${operands} ${operator} ${values}`
          : `(${operands.join(", ")}) ${operator} (${values.join(", ")})`,
      );
    }
    const { conditions: exact, residual } = splitFilter(mapping, native ? walk.filter : undefined, parameters);
    const left = native ? residual : walk.filter;
    this.conditions = [...conditions, ...exact];
    this.isFiltered = exact.length > 0;
    this.test = left && compileFilter(mapping.table, left);
    this.residualColumns = left ? [...filterColumns(left)] : [];
    this.entryConditions = this.usesEntries && !this.isEmpty ? this.entryBounds(groups, bounds, parameters) : [];
  }

  /** The source of rows and what they have to meet; with `entries` only those that these, or some of these, lead to. */
  from(entriesOf: EntryLimit | "all" | undefined): string {
    const entries = entriesOf && `(${this.mapping.keyList}, _rev) IN (${this.entries(entriesOf)})`;
    const conditions = [...(entries ? [entries] : []), ...this.conditions];
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(" AND ")}` : "";
    return `FROM ${this.mapping.quoted} FINAL${where}`;
  }

  /**
   * The source for numbers over the whole walk: by its entries where these are few, else through the table. What needs no look
   * at the entries is there at once, and so goes with what else is asked for at this moment.
   */
  whole(parameters: Parameters, reader: Reader): string | Promise<string> {
    return this.usesEntries && this.isBounded ? this.byFewEntries(parameters, reader) : this.from(undefined);
  }

  private async byFewEntries(parameters: Parameters, { stream, fewKeys }: Reader): Promise<string> {
    const most = fewKeys(this.mapping);
    const sql = `SELECT count() FROM (SELECT 1 FROM ${this.mapping.entries} WHERE ${this.entryConditions.join(" AND ")} LIMIT ${most})`;
    let found = 0;
    await stream({ sql, parameters }, ([count]) => {
      found = count as number;
      return true;
    });
    return this.from(found < most ? "all" : undefined);
  }

  /** Whether a limit leaves entries out. */
  hasMore(limit: EntryLimit): string {
    return `SELECT count() >= ${limit.read} OR uniqExact(place) >= ${limit.places} FROM (${this.firstEntries("place", limit)})`;
  }

  get order(): string {
    const columns = this.path.order.map((name) => this.mapping.column(name));
    return `ORDER BY ${columns.map(({ quoted }: MappedColumn) => quoted + this.direction).join(", ")}`;
  }

  private get direction(): string {
    return this.descending ? " DESC" : "";
  }

  private entries(limit: EntryLimit | "all"): string {
    const columns = `${this.mapping.keyList}, _rev`;
    if (limit === "all")
      return `SELECT ${columns} FROM ${this.mapping.entries} WHERE ${this.entryConditions.join(" AND ")}`;
    const first = this.firstEntries(`${columns}, place`, limit);
    return `SELECT ${columns} FROM (${first}) ORDER BY place${this.direction}, _rev DESC LIMIT 1 BY place LIMIT ${limit.places}`;
  }

  /** In the order of the table itself, so that no more than those are read. */
  private firstEntries(columns: string, { read }: EntryLimit): string {
    const order = this.oneGroup ? ["path", "grp", "place"] : ["place"];
    const list = order.map((column) => column + this.direction).join(", ");
    return `SELECT ${columns} FROM ${this.mapping.entries} WHERE ${this.entryConditions.join(" AND ")} ORDER BY ${list} LIMIT ${read}`;
  }

  private entryBounds(
    groups: readonly (readonly EngineValue[])[],
    bounds: readonly PlacedBound[],
    parameters: Parameters,
  ): string[] {
    const { mapping, path } = this;
    const place = (columns: readonly string[], values: readonly EngineValue[]) =>
      values.map((value, index) => mapping.column(columns[index] as string).storage.placeOf(value)).join("");
    const names = combinations(groups).map((values) => place(path.eq, values));
    const group =
      names.length === 1 ? `grp = ${parameters.text(names[0] as string)}` : `grp IN ${parameters.texts(names)}`;
    return [
      `path = ${quoteText(pathId(path))}`,
      group,
      ...bounds.map(({ operator, at }) => {
        const text = parameters.text(place(path.order, at));
        // No place goes on with this byte, so that it stands behind everything that begins with the bound.
        const behind = operator === ">" || operator === "<=";
        return behind ? `place ${operator === ">" ? ">" : "<"} concat(${text}, '\\xFF')` : `place ${operator} ${text}`;
      }),
    ];
  }
}

interface PlacedBound {
  readonly operator: ">" | ">=" | "<" | "<=";
  readonly at: readonly EngineValue[];
}

function boundsOf(walk: Walk | Find, descending: boolean): PlacedBound[] {
  const { lower, upper } = walk.range ?? {};
  const bounds: PlacedBound[] = [];
  if (lower && lower.at.length > 0) bounds.push({ operator: lower.inclusive ? ">=" : ">", at: lower.at });
  if (upper && upper.at.length > 0) bounds.push({ operator: upper.inclusive ? "<=" : "<", at: upper.at });
  if ("cursor" in walk && walk.cursor !== undefined) {
    bounds.push({ operator: descending ? "<" : ">", at: decodeCursor(walk as Find) });
  }
  return bounds;
}

function combinations(lists: readonly (readonly EngineValue[])[]): EngineValue[][] {
  return lists.reduce<EngineValue[][]>(
    (made, list) => made.flatMap((head) => list.map((value) => [...head, value])),
    [[]],
  );
}
